"""Whether a value of one type may stand where another type is expected."""

from __future__ import annotations

from typing import Final

from tests.support.bicep import kinds as t

MOST_OPTIONS: Final = 12


def shown(type_: t.Type) -> str:
    """A type as a message says it, not too long."""
    text = t.show(type_)
    options = text.split(" | ")
    if len(options) > MOST_OPTIONS:
        return " | ".join(options[:MOST_OPTIONS]) + " | ..."
    return text


def mismatch(found: t.Type, wanted: t.Type) -> str | None:
    """Why a value of one type cannot stand for another; None when it can, or nobody knows."""
    loose = isinstance(found, t.ObjectType | t.ChoiceType) and isinstance(wanted, t.ChoiceType)
    if t.ANY in (found, wanted) or loose:
        reason = None
    elif isinstance(found, t.UnionType):
        reason = _of_union(found, wanted)
    elif isinstance(wanted, t.UnionType):
        reason = _into_union(found, wanted)
    elif isinstance(found, t.ChoiceType) and isinstance(wanted, t.ObjectType):
        reason = None
    elif type(found) is not type(wanted):
        reason = f"expected {shown(wanted)}, found {t.show(found)}"
    else:
        reason = _same_kind(found, wanted)
    return reason


def _same_kind(found: t.Type, wanted: t.Type) -> str | None:
    reason = None
    if isinstance(found, t.ObjectType) and isinstance(wanted, t.ObjectType):
        reason = _objects(found, wanted)
    elif isinstance(found, t.StringType) and isinstance(wanted, t.StringType):
        reason = _strings(found, wanted)
    elif isinstance(found, t.IntType) and isinstance(wanted, t.IntType):
        reason = _integers(found, wanted)
    elif isinstance(found, t.BoolType) and isinstance(wanted, t.BoolType):
        fits = wanted.value is None or found.value in (None, wanted.value)
        reason = None if fits else f"must be {str(wanted.value).lower()}"
    elif isinstance(found, t.ArrayType) and isinstance(wanted, t.ArrayType):
        reason = mismatch(found.item.type, wanted.item.type)
    return reason


def _of_union(found: t.UnionType, wanted: t.Type) -> str | None:
    for each in found.options:
        reason = mismatch(each, wanted)
        if reason:
            if each == t.NULL:
                return f"may be null, expected {shown(wanted)} (use ! or ??)"
            return reason
    return None


def _into_union(found: t.Type, wanted: t.UnionType) -> str | None:
    options = wanted.options
    values = [each for each in options if isinstance(each, t.StringType) and each.value is not None]
    if isinstance(found, t.StringType) and values:
        # a union that ends in `string` is still a list of what the service knows
        if found.value is not None:
            fits = found.value in {each.value for each in values}
            return None if fits else f"{found.value!r} is not one of {shown(wanted)}"
        opened = any(isinstance(each, t.StringType) and each.value is None for each in options)
        return None if opened else f"any string, but only {shown(wanted)} will do"
    reasons = [mismatch(found, each) for each in options]
    if None in reasons:
        return None
    same = [r for r, each in zip(reasons, options, strict=True) if type(each) is type(found)]
    return same[0] if len(same) == 1 else f"expected {shown(wanted)}, found {t.show(found)}"


def _objects(found: t.ObjectType, wanted: t.ObjectType) -> str | None:
    for name, field in found.fields.items():
        target = wanted.fields.get(name) or wanted.other
        if target is None:
            return f"unknown property '{name}'"
        type_ = target.type if target.flags & t.REQUIRED else t.union(target.type, t.NULL)
        reason = mismatch(field.type, type_)
        if reason:
            return f"{name}: {reason}"
    for name, field in wanted.fields.items():
        if field.flags & t.REQUIRED and name not in found.fields and found.other is None:
            return f"missing required property '{name}'"
    return None


def _strings(found: t.StringType, wanted: t.StringType) -> str | None:
    if wanted.value is not None:
        fits = found.value in (None, wanted.value)
        return None if fits else f"must be {wanted.value!r}"
    low = len(found.value) if found.value is not None else found.minimum
    high = len(found.value) if found.value is not None else found.maximum
    if low is not None and low < (wanted.minimum or 0):
        return f"may have {low} characters, at least {wanted.minimum} are needed (BCP334)"
    if wanted.maximum is not None and high is not None and high > wanted.maximum:
        return f"may have {high} characters, at most {wanted.maximum} will do (BCP335)"
    if (
        wanted.pattern
        and found.value is not None
        and not t.fits_pattern(wanted.pattern, found.value)
    ):
        return f"{found.value!r} does not match {wanted.pattern}"
    return None


def _integers(found: t.IntType, wanted: t.IntType) -> str | None:
    if wanted.value is not None:
        fits = found.value in (None, wanted.value)
        return None if fits else f"must be {wanted.value}"
    low = found.value if found.value is not None else found.minimum
    high = found.value if found.value is not None else found.maximum
    if low is not None and wanted.minimum is not None and low < wanted.minimum:
        return f"may be {low}, at least {wanted.minimum} is needed"
    if high is not None and wanted.maximum is not None and high > wanted.maximum:
        return f"may be {high}, at most {wanted.maximum} will do"
    return None
