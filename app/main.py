"""create_app(settings): routes, middleware, lifespan, nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
from fastapi import FastAPI
from starlette.types import ASGIApp, Scope

from app import database, operations, work
from app.accounts import pages as accounts
from app.accounts import permissions
from app.applications import (
    check_pages,
    draft_pages,
    lost_link_pages,
    private_pages,
    receipt_pages,
    reply_pages,
    replying,
    upload_pages,
)
from app.applications import pages as applications
from app.calls import loading
from app.calls import pages as calls
from app.desk import (
    bulk_pages,
    contributors_pages,
    conversation_pages,
    deciding_pages,
    document_pages,
    export_pages,
    insights_pages,
    keys_pages,
    live_pages,
    mail_pages,
    mention_pages,
    people_pages,
    queue_pages,
    reason_pages,
    reviewing_pages,
    showing,
    template_pages,
)
from app.desk import pages as desk
from app.documents.storage import Storage, StorageAway
from app.privacy import pages as privacy
from app.privacy import private_pages as rights
from app.settings import Settings, load
from app.web import days, errors, logs, static_files
from app.web.forgery import ForgeryGuard
from app.web.forms import ONCE
from app.web.head import HeadAsGet
from app.web.headers import SecurityHeaders
from app.web.pacing import BodyCap, BodyPacing

# Threads fight for the interpreter: few for SQLite, a few more where they wait for a server (docs/architecture.md).
THREADS = {True: 4, False: 10}
SMALL_BODY = 256_000
PARTS = (
    *(static_files, operations, accounts),
    *(live_pages, keys_pages),
    *(queue_pages, desk, deciding_pages, conversation_pages, document_pages, mail_pages, export_pages, reviewing_pages),
    *(bulk_pages, mention_pages, reason_pages, template_pages),
    *(people_pages, contributors_pages, insights_pages),
    *(calls, applications, draft_pages, check_pages, upload_pages),
    *(receipt_pages, lost_link_pages, private_pages, reply_pages, privacy, rights),
)
STOP_SECONDS = 8.0


class Aufruf(FastAPI):
    """FastAPI with our outer walls round everything, its own error pages included."""

    def build_middleware_stack(self) -> ASGIApp:
        settings: Settings = self.state.settings
        stack: ASGIApp = HeadAsGet(super().build_middleware_stack())
        stack = ForgeryGuard(stack, base_url=settings.base_url)
        stack = BodyCap(stack, max_body=lambda scope: max_body(scope, settings))
        stack = BodyPacing(stack)
        return logs.RequestLog(SecurityHeaders(stack, secure=settings.secure))


def max_body(scope: Scope, settings: Settings) -> int:
    """The most that a request's body may have, in bytes: a document's pieces, documents and fields, a small form."""
    if scope["path"].startswith("/uploads/"):
        return settings.max_document_bytes
    if scope["path"].endswith("/apply"):
        return 3 * settings.max_document_bytes + 1_000_000
    if reply_pages.TAKES_DOCUMENTS.fullmatch(scope["path"]):
        return (replying.FILES_AT_ONCE + 1) * settings.max_document_bytes + 1_000_000
    return SMALL_BODY


def create_app(settings: Settings) -> FastAPI:
    """The application of one process; `lifespan` connects it to the database and starts the worker."""
    app = Aufruf(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.settings = settings
    app.state.storage = Storage(settings.storage)
    app.state.known_calls = {}
    app.state.frame = showing.frame
    app.state.visitor = permissions.find_editor
    days.use_timezone(settings.timezone)
    errors.install(app, unavailable=[StorageAway])
    for part in PARTS:
        app.include_router(part.router, dependencies=[ONCE])
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    sqlite = settings.database.startswith("sqlite")
    database.connect(settings.database, pool_size=THREADS[sqlite] + 4)
    app.state.organisation = organisation()
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS[sqlite]
    if settings.worker == "separate":
        yield
        return
    worker = work.worker(settings, app.state.storage)
    running = asyncio.create_task(worker.run())
    yield
    worker.stop()
    with suppress(TimeoutError):
        await asyncio.wait_for(running, STOP_SECONDS)


def organisation() -> str:
    """The newsroom's name, from its newest call; pages of calls read it anew."""
    with database.reading() as session:
        found = loading.everything(session)
    return found[0].call.organisation if found else "Aufruf"


def from_environment() -> FastAPI:
    """What uvicorn's processes call."""
    logs.configure()
    return create_app(load())
