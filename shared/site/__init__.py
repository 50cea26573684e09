"""The website of the watchdog: who may come in, what a request asks for, what is answered.

Everything here is plain values in and out. What a page looks like is in `shared.pages`; what an
action does is in the use cases (`shared.acting`, `shared.maintaining`, `shared.drilling`).
"""
