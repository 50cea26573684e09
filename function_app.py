"""The triggers. No rule lives here: each function hands over to `shared.wiring` at once."""

from __future__ import annotations

import json
from datetime import timedelta

import azure.functions as func

from shared import wiring

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
watchdog = wiring.Application.from_process()


@app.timer_trigger(
    schedule=watchdog.schedule, arg_name="timer", run_on_startup=False, use_monitor=True
)
async def watch(timer: func.TimerRequest) -> None:
    """Do one tick. A late timer is no different: all rules are functions of time."""
    await watchdog.tick(past_due=timer.past_due)


@app.route(route="run", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
async def run(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger's shape
    """Do one full tick now, for an outside scheduler when timers stop, and after a deployment."""
    return _json(await watchdog.run())


@app.route(route="doctor", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
async def doctor(req: func.HttpRequest) -> func.HttpResponse:
    """Say what is between this configuration and a working alert, with the identity's rights."""
    return _json(await watchdog.doctor(req.get_body()))


@app.route(route="health", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger's shape
    """Say whether the watchdog works; nothing about the tenant."""
    return _json(await watchdog.health(), cached=wiring.HEALTH_CACHED_FOR)


@app.route(route="incidents/{id}", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def incident(req: func.HttpRequest) -> func.HttpResponse:
    """Show one incident; who may see it is decided by `WATCHDOG_PAGE_ACCESS`."""
    return await _page("incident", req)


@app.route(route="incidents/{id}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """Do what a form of that page asks for: acknowledge, snooze, hand over, note."""
    return await _page("act", req)


@app.route(route="assets/{id}", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def asset(req: func.HttpRequest) -> func.HttpResponse:
    """The pages' script; it holds nothing about a tenant."""
    return await _page("asset", req)


@app.route(route="status", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def status(req: func.HttpRequest) -> func.HttpResponse:
    """Show how the tenant stands; who may see it is decided by `WATCHDOG_PAGE_ACCESS`."""
    return await _page("status", req)


@app.route(route="status", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def announce(req: func.HttpRequest) -> func.HttpResponse:
    """Do what a form of that page asks for: a drill, maintenance."""
    return await _page("announce", req)


@app.route(route="status.json", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def status_json(req: func.HttpRequest) -> func.HttpResponse:
    """The same as JSON."""
    return await _page("status_json", req)


@app.route(route="status.svg", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def badge(req: func.HttpRequest) -> func.HttpResponse:
    """One word of it as a picture."""
    return await _page("badge", req)


@app.route(route="history.csv", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def history_csv(req: func.HttpRequest) -> func.HttpResponse:
    """The history as CSV: `what` is incidents, transitions or drills."""
    return await _page("history_csv", req)


@app.route(route="history.json", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def history_json(req: func.HttpRequest) -> func.HttpResponse:
    """All of the history as JSON."""
    return await _page("history_json", req)


async def _page(route: str, req: func.HttpRequest) -> func.HttpResponse:
    request = wiring.Request(
        method=req.method,
        subject=str(req.route_params.get("id", "")),
        query=dict(req.params),
        headers={name.lower(): value for name, value in req.headers.items()},
        body=req.get_body(),
    )
    page = await watchdog.page(route, request)
    return func.HttpResponse(
        page.body, status_code=page.status, headers=dict(page.headers), mimetype=page.mimetype
    )


def _json(answer: wiring.Answer, cached: timedelta = timedelta(0)) -> func.HttpResponse:
    age = {"Cache-Control": f"max-age={cached.seconds}"} if cached else {}
    return func.HttpResponse(
        json.dumps(answer.body),
        status_code=answer.status,
        headers={**wiring.plain_headers(), **age},
        mimetype="application/json",
    )
