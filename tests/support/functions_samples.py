"""Pieces of small Functions apps, from which tests put together what they need."""

from __future__ import annotations

SETTINGS = {"SCHEDULE": "0 */5 * * * *"}
HEAD = """
import asyncio, json, logging, os
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""
TICK = """
@app.timer_trigger(schedule="%SCHEDULE%", arg_name="timer", use_monitor=True)
async def tick(timer: func.TimerRequest) -> None:
    logging.getLogger("app").info("past_due=%s last=%s", timer.past_due,
                                  timer.schedule_status["Last"])
"""
ECHO = """
@app.route(route="things/{id}/{part?}", methods=["GET", "POST", "HEAD"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {"method": req.method, "params": dict(req.route_params), "query": dict(req.params),
            "body": req.get_body().decode(), "headers": dict(req.headers)}
    return func.HttpResponse(json.dumps(seen), status_code=202, headers={"X-Seen": "yes"},
                             mimetype="application/json")
"""
RETRY = "@app.retry('fixed_delay', '3', delay_interval='00:00:01')"
GATE = """
entered, opened = [], asyncio.Event()

@app.timer_trigger(schedule="%SCHEDULE%", arg_name="timer")
async def gate(timer: func.TimerRequest, context: func.Context) -> None:
    entered.append(context.invocation_id)
    logging.info("entered %s", context.invocation_id)
    if len(entered) == 2:
        opened.set()
    await opened.wait()
    await asyncio.to_thread(logging.info, "left %s", context.invocation_id)

@app.route(route="open", methods=["POST"])
async def open_gate(req: func.HttpRequest) -> str:
    opened.set()
    return str(len(entered))
"""
MEDDLER = """
import sys
import helper
os.environ["LEFT_BEHIND"] = "1"
sys.path.append("/left/behind")
logging.getLogger("azure").setLevel(logging.CRITICAL)
logging.getLogger().addHandler(logging.NullHandler())
logging.disable(logging.DEBUG)

@app.route(route="env")
async def env(req: func.HttpRequest) -> str:
    return json.dumps([sorted(os.environ), helper.NAME])
"""
