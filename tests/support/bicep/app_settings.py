"""The app settings that a template gives to the Function App."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.support.bicep import syntax as s
from tests.support.bicep.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bicep.template import Resource

SITE: Final = "Microsoft.Web/sites"


@dataclass(frozen=True)
class AppSetting:
    """One app setting.

    Attributes:
        name: Its name.
        template: The template that states it.
        node: Its value.
        switched: Whether it depends on a condition.
    """

    name: str
    template: Template
    node: s.Node
    switched: bool

    @property
    def text(self) -> str:
        """Its value, as it stands in the file."""
        return self.template.unit.source(self.node)

    @property
    def source(self) -> Resource | None:
        """The resource that its value is read from, or None."""
        return self.template.resource_of(self.node)


def app_settings(main: Template) -> list[AppSetting]:
    """Every app setting of a deployment: of `config 'appsettings'` and of `siteConfig`."""
    found = list[AppSetting]()
    for each in main.everything("Microsoft.Web/sites/config"):
        properties = each.node("properties")
        if each.get("name") == "appsettings" and properties is not None:
            found += _stated(each.template, properties, switched=False)
    for site in main.everything(SITE):
        listed = site.node("properties", "siteConfig", "appSettings")
        for item in listed.items if isinstance(listed, s.Array) else ():
            name = item.get("name") if isinstance(item, s.Object) else None
            value = item.get("value") if isinstance(item, s.Object) else None
            text = name.literal if isinstance(name, s.String) else None
            found.append(AppSetting(text or "?", site.template, value or item, switched=False))
    return found


def _of_object(template: Template, node: s.Object, *, switched: bool) -> Iterator[AppSetting]:
    for item in node.items:
        if isinstance(item, s.Property):
            name = item.name or template.unit.source(item.key)
            yield AppSetting(name, template, item.value, switched)
        elif isinstance(item, s.Spread):
            yield from _stated(template, item.value, switched=switched)


def _stated(template: Template, node: s.Node, *, switched: bool) -> Iterator[AppSetting]:
    """The settings in an object, or in what is made of objects by union, ternary and filter."""
    if isinstance(node, s.Object):
        yield from _of_object(template, node, switched=switched)
    elif isinstance(node, s.Ternary):
        for branch in (node.yes, node.no):
            yield from _stated(template, branch, switched=True)
    elif isinstance(node, s.Call):
        optional = switched or node.name != "union"
        for argument in node.arguments:
            if not isinstance(argument, s.Lambda):
                yield from _stated(template, argument, switched=optional)
    elif isinstance(node, s.Name):
        home, value = template.follow(node)
        if value is not node:
            yield from _stated(home, value, switched=switched)
