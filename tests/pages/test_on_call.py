"""From the card to the page and back, in a real browser at the size of a phone.

The server dies, the card is posted, its button is tapped: the app, its runtime, its store and the
browser are real, only the tenant, the channel and time are simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.support.page_phone import on_call

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page


async def say(page: Page, name: str) -> None:
    """Fill in who acts, where that is asked for."""
    await page.get_by_label("Your name").first.fill(name)


async def acknowledge(page: Page, name: str) -> None:
    """One name, one tap."""
    await say(page, name)
    await page.get_by_role("button", name="Acknowledge").tap()
    await expect(page.locator(".notice")).to_be_visible()


async def test_one_tap_takes_it_and_the_reminder_stays_away(tmp_path: Path) -> None:
    """Card, button, name, tap: the page says who has it, and no reminder follows."""
    async with on_call(tmp_path) as night:
        page = await night.phone()
        await expect(page.locator(".holder")).to_have_text("Nobody has it yet.")
        await acknowledge(page, "Oncall")

        await expect(page.locator(".notice")).to_contain_text("Done: acknowledged by Oncall.")
        await expect(page.locator(".holder")).to_contain_text("You have it, since")
        cards = len(night.app.cards)
        await night.ticks(8)
        assert len(night.app.cards) == cards
        assert night.complaints == []


async def test_without_a_tap_the_reminder_comes(tmp_path: Path) -> None:
    """The control: looking at the page silences nothing."""
    async with on_call(tmp_path) as night:
        await night.phone()
        cards = len(night.app.cards)
        await night.ticks(8)
        assert len(night.app.cards) > cards


async def test_the_second_person_reads_who_has_it_and_who_switches(tmp_path: Path) -> None:
    """Two people do not both switch: the page of the second one is in the way."""
    async with on_call(tmp_path) as night:
        first, other = await night.phone(), await night.phone()
        await say(first, "Oncall")
        await first.get_by_role("button", name="I am switching over now").tap()
        await expect(first.locator(".holder")).to_contain_text("You are switching over, since")

        await acknowledge(other, "Second")
        await expect(other.locator(".notice.bad")).to_contain_text("Oncall has it already.")
        await expect(other.locator(".holder.bad")).to_contain_text(
            "Oncall is switching over, since"
        )
        await expect(other.locator(".holder.bad")).to_contain_text("Do not switch as well")
        switch = other.get_by_role("button", name="I am switching over now")
        await expect(switch).to_be_hidden()
        await other.get_by_text("Switch although Oncall is switching?").tap()
        await switch.tap()
        await expect(other.locator(".notice.bad")).to_contain_text(
            "Stop: Oncall was switching over"
        )


async def test_snooze_hand_over_and_note(tmp_path: Path) -> None:
    """Each is one form; the name is asked for once; the timeline keeps all of it."""
    async with on_call(tmp_path) as night:
        page = await night.phone()
        await say(page, "Oncall")
        await page.get_by_role("button", name="4 h", exact=True).tap()
        await expect(page.locator(".holder")).to_contain_text("put it off until")

        await page.get_by_text("Hand over", exact=True).first.tap()
        await page.get_by_label("To whom").fill("Second & Co")
        await page.get_by_role("button", name="Hand over as Oncall").tap()
        await expect(page.locator(".holder")).to_contain_text("Second & Co has it, since")

        await page.get_by_text("Write a note").tap()
        await page.get_by_label("Note").fill("SYNC-A answers pings.")
        await page.get_by_role("button", name="Save note as Oncall").tap()
        await expect(page.locator(".notice")).to_contain_text("Done: note written by Oncall.")
        past = page.locator("ul.time").first
        await expect(past).to_contain_text("Oncall wrote: “SYNC-A answers pings.”")
        await expect(past).to_contain_text("Oncall handed it over to Second & Co.")
        await expect(past).to_contain_text("Oncall snoozed it until")


async def test_ticks_survive_a_reload_and_others_see_whose_they_are(tmp_path: Path) -> None:
    """A tick is stored in the background; a second phone shows it with name and time."""
    async with on_call(tmp_path) as night:
        first = await night.phone()
        await acknowledge(first, "Oncall")
        boxes = first.get_by_role("checkbox")
        await boxes.nth(0).check()
        await expect(first.locator("#saved")).to_have_text("Saved ✓")
        await boxes.nth(2).check()
        await expect(first.locator(".by")).to_have_count(2)
        await first.reload()
        await expect(boxes.nth(0)).to_be_checked()
        await expect(boxes.nth(2)).to_be_checked()

        other = await night.phone()
        await expect(other.get_by_role("checkbox").nth(0)).to_be_checked()
        await expect(other.locator(".by").first).to_contain_text("✓ Oncall, ")
        assert night.complaints == []


async def test_two_people_who_tick_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each sends only what he changed; the answer brings the other one's ticks."""
    async with on_call(tmp_path) as night:
        first = await night.phone()
        await acknowledge(first, "Oncall")
        other = await night.phone()
        await acknowledge(other, "Second")
        await first.goto(night.address)
        await first.get_by_role("checkbox").nth(0).check()
        await expect(first.locator(".by")).to_have_count(1)
        await other.get_by_role("checkbox").nth(1).check()
        await expect(other.locator(".by")).to_have_count(2)
        await expect(other.get_by_role("checkbox").nth(0)).to_be_checked()
        await first.get_by_role("checkbox").nth(0).uncheck()
        await expect(first.get_by_role("checkbox").nth(1)).to_be_checked()
        await expect(first.locator(".by")).to_have_count(1)
        # Second's page still shows the tick that Oncall took away: he does not bring it back
        await other.get_by_role("checkbox").nth(2).check()
        await expect(other.locator(".by")).to_have_count(2)
        await expect(other.get_by_role("checkbox").nth(0)).not_to_be_checked()
        await expect(other.get_by_role("checkbox").nth(2)).to_be_checked()


async def test_a_tick_that_was_made_offline_is_stored_later(tmp_path: Path) -> None:
    """The loaded page goes on working without a network, and sends once there is one again."""
    async with on_call(tmp_path) as night:
        page = await night.phone()
        await acknowledge(page, "Oncall")
        before = await page.locator("main").inner_text()
        await page.context.set_offline(offline=True)
        await page.get_by_role("checkbox").nth(1).check()
        await expect(page.locator("#saved")).to_contain_text("Not saved, kept on this phone")
        shown = await page.locator("main").inner_text()
        assert set(before.split()) - {"Save", "ticks"} <= set(shown.split())

        await page.context.set_offline(offline=False)
        await expect(page.locator("#saved")).to_have_text("Saved ✓")
        other = await night.phone()
        await expect(other.get_by_role("checkbox").nth(1)).to_be_checked()


async def test_a_tick_that_could_not_be_sent_survives_a_reload(tmp_path: Path) -> None:
    """What the server never got is on the phone: the next load sends it."""
    async with on_call(tmp_path) as night:
        page = await night.phone()
        await acknowledge(page, "Oncall")
        await page.route(lambda _: True, lambda route: route.abort())
        await page.get_by_role("checkbox").nth(1).check()
        await expect(page.locator("#saved")).to_contain_text("Not saved, kept on this phone")
        await page.unroute_all()
        await page.reload()
        await expect(page.locator("#saved")).to_have_text("Saved ✓")
        await expect(page.get_by_role("checkbox").nth(1)).to_be_checked()
        await expect(page.locator(".by")).to_contain_text("✓ Oncall, ")


async def test_a_tick_without_a_name_waits_for_one(tmp_path: Path) -> None:
    """A link does not say who opened it: the tick is kept on the phone until somebody does."""
    async with on_call(tmp_path) as night:
        page = await night.phone()
        await page.get_by_role("checkbox").nth(0).check()
        await expect(page.locator("#saved")).to_contain_text("Say your name to save.")
        await page.locator("#steps").get_by_label("Your name").fill("Oncall")
        await page.get_by_role("button", name="Save ticks").tap()
        await expect(page.locator(".by")).to_contain_text("✓ Oncall, ")


async def test_the_same_form_again_is_harmless_and_says_so(tmp_path: Path) -> None:
    """Back and once more: nothing is done twice."""
    async with on_call(tmp_path) as night:
        page = await night.phone()
        await say(page, "Oncall")
        form = await page.locator("form").first.evaluate(
            "form => [...new FormData(form)].concat([['for', '1h']])"
        )
        await page.get_by_role("button", name="1 h", exact=True).tap()
        await expect(page.locator(".holder")).to_contain_text("put it off")
        stored = night.app.stored()
        await page.evaluate(
            """fields => {
              const form = document.createElement('form');
              form.method = 'post';
              for (const [name, value] of fields) {
                const input = document.createElement('input');
                [input.name, input.value] = [name, value];
                form.append(input);
              }
              document.body.append(form);
              form.submit();
            }""",
            form,
        )
        await expect(page.locator(".notice")).to_contain_text("This form was used already")
        assert night.app.stored() == stored


async def test_the_keyboard_alone_is_enough(tmp_path: Path) -> None:
    """Tab and Enter, in the order of what matters, and what has the focus can be seen."""
    async with on_call(tmp_path) as night:
        page = await night.phone()
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Go to the steps"
        await page.keyboard.press("Tab")
        await page.keyboard.type("Oncall")
        await page.keyboard.press("Tab")
        focus = "getComputedStyle(document.activeElement).outlineStyle"
        assert await page.evaluate(focus) == "solid"
        await page.keyboard.press("Enter")

        await expect(page.locator(".notice")).to_contain_text("Done: acknowledged by Oncall.")
        assert await page.evaluate("document.activeElement.className") == "notice good"


async def test_without_script_everything_can_be_done(tmp_path: Path) -> None:
    """Acknowledge, tick, untick, snooze, hand over and note are plain forms."""
    async with on_call(tmp_path) as night:
        page = await night.phone(java_script_enabled=False)
        await acknowledge(page, "Oncall")
        await page.get_by_role("checkbox").nth(0).check()
        await page.get_by_role("button", name="Save ticks as Oncall").tap()
        await expect(page.locator(".notice")).to_contain_text("Done: ticks saved by Oncall.")
        await expect(page.get_by_role("checkbox").nth(0)).to_be_checked()
        await page.get_by_role("checkbox").nth(0).uncheck()
        await page.get_by_role("button", name="Save ticks as Oncall").tap()
        await expect(page.get_by_role("checkbox").nth(0)).not_to_be_checked()
        await page.get_by_role("button", name="I am switching over now").tap()
        await expect(page.locator(".holder")).to_contain_text("You are switching over")
        await page.get_by_text("Hand over", exact=True).first.tap()
        await page.get_by_label("To whom").fill("Second")
        await page.get_by_role("button", name="Hand over as Oncall").tap()
        await expect(page.locator(".notice")).to_contain_text("Done: handed over by Oncall.")
        await page.get_by_role("button", name="until 08:00").tap()
        await expect(page.locator(".holder")).to_contain_text("put it off until")
        assert night.complaints == []


async def test_what_was_typed_is_kept_when_a_form_is_refused(tmp_path: Path) -> None:
    """An old form costs no words: they stand in the fresh one, under the reason."""
    async with on_call(tmp_path) as night:
        page = await night.phone(java_script_enabled=False)
        await page.get_by_text("Write a note").tap()
        note = page.locator("form", has=page.get_by_label("Note"))
        await note.get_by_label("Your name").fill("Oncall")
        await note.get_by_label("Note").fill("SYNC-A is on fire")
        night.app.after(23 * 60)
        await night.app.tick()
        fresh = night.address
        night.app.after(2 * 60)
        # the link that opened the page is too old by now, and so is its form
        await note.evaluate("(form, url) => form.action = url", fresh)
        await note.get_by_role("button").tap()

        await expect(page.locator(".notice.bad")).to_contain_text("This form is too old")
        await expect(page.get_by_label("Note")).to_have_value("SYNC-A is on fire")
        await expect(page.get_by_label("Note")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_loads_itself_and_its_script_only(tmp_path: Path, theme: str) -> None:
    """No font, no picture, nobody else; and its policy refuses none of it."""
    async with on_call(tmp_path) as night:
        page = await night.phone(color_scheme=theme)
        await expect(page.get_by_role("button", name="Copy").first).to_be_visible()
        assert night.asked == [night.address, f"{night.server.url}/api/assets/page.js"]
        assert night.complaints == []


async def test_the_policy_stops_script_and_style_that_got_in(tmp_path: Path) -> None:
    """Were a name ever put in as markup, it could neither run nor dress itself up."""
    async with on_call(tmp_path) as night:
        context = await night.context()
        page = await context.new_page()

        async def spoilt(route: object) -> None:
            answer = await route.fetch()  # type: ignore[attr-defined]  # a Route
            evil = "<script>window.evil = 1</script><style>body { color: red }</style></body>"
            body = (await answer.text()).replace("</body>", evil)
            await route.fulfill(response=answer, body=body)  # type: ignore[attr-defined]  # as above

        await page.route("**/api/incidents/**", spoilt)
        await page.goto(night.address)
        assert await page.evaluate("window.evil") is None
        colour = await page.evaluate("getComputedStyle(document.body).color")
        assert colour != "rgb(255, 0, 0)"
        assert len([text for text in night.complaints if "Content Security Policy" in text]) == 2
