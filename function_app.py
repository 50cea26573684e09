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


@app.route(route="health", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger's shape
    """Say whether the watchdog works; nothing about the tenant."""
    return _json(await watchdog.health(), cached=wiring.HEALTH_CACHED_FOR)


@app.route(route="incidents/{id}", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def incident(req: func.HttpRequest) -> func.HttpResponse:
    """Show one incident; who may see it is decided by `WATCHDOG_PAGE_ACCESS`."""
    page = await watchdog.incident_page(
        str(req.route_params.get("id", "")), dict(req.headers), token=str(req.params.get("t", ""))
    )
    return func.HttpResponse(
        page.body, status_code=page.status, headers=page.headers, mimetype="text/html"
    )


def _json(answer: wiring.Answer, cached: timedelta = timedelta(0)) -> func.HttpResponse:
    return func.HttpResponse(
        json.dumps(answer.body),
        status_code=answer.status,
        headers={"Cache-Control": f"max-age={cached.seconds}" if cached else "no-store"},
        mimetype="application/json",
    )
