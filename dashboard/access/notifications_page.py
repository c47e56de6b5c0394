"""The page of notification channels, and what browsers ask for that show messages."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from core.domain.access.caller import CallerKind, Role
from core.domain.notification import LABELS, ChannelKind, DeliveryStatus, Event
from core.domain.project import Project
from core.errors import CompressCompareError, InvalidInput, NotFound
from core.services.application import Application
from core.services.notifications import channels
from core.services.notifications.channels import ChannelRequest, NewChannel
from core.services.projects import projects
from dashboard.access.pages import Pages


def register(made: Blueprint, product: Application, pages: Pages) -> None:
    """Add the page, its forms, and the feed for browsers."""

    def notifications(
        made: NewChannel | None = None, problem: str = "", done: str = ""
    ) -> ResponseReturnValue:
        known, present = projects.list_projects(product), _project(product)
        listed = channels.list_channels(product, present.id) if present else []
        given = request.form if problem else {}
        role = product.caller.role
        return pages.show(
            "notifications",
            422 if problem else 200,
            projects=[(one.slug, one.name) for one in known],
            project=present,
            channels=[one for one in listed if one.kind is not ChannelKind.BROWSER],
            names={one.id: one.name for one in listed},
            deliveries=channels.deliveries(product, present.id, most=25) if present else [],
            events=LABELS,
            event_names={**LABELS, Event.TEST: "a test"},
            made=made,
            problem=problem,
            done=done,
            given={name: given.get(name, "") for name in ("name", "address")},
            may_add=role.includes(Role.ADMINISTRATOR),
            may_change=role.includes(Role.EDITOR),
            may_watch=product.caller.kind is not CallerKind.LINK,
            delivered=DeliveryStatus.DELIVERED,
        )

    def add() -> ResponseReturnValue:
        form = request.form
        try:
            wanted = ChannelRequest(
                _chosen(product).id, form.get("name", ""), form.get("address", ""), _events()
            )
            return notifications(made=channels.add_channel(product, wanted))
        except InvalidInput as error:
            return notifications(problem=str(error))

    def change() -> ResponseReturnValue:
        problem, done = _changed(product)
        if problem or done:
            return notifications(problem=problem, done=done)
        return redirect(f"/notifications?project={_chosen(product).slug}")

    for path, view, method in (
        ("/notifications", notifications, "GET"),
        ("/notifications/add", add, "POST"),
        ("/notifications/change", change, "POST"),
    ):
        made.add_url_rule(path, view.__name__, pages.answering(view), methods=[method])
    made.add_url_rule("/notifications/feed", "feed", lambda: _feed(product), methods=["GET"])


def _changed(product: Application) -> tuple[str, str]:
    """Do what a form about a channel asks for; return what is wrong, and what to say if it went well."""
    project, name = _chosen(product), request.form.get("name", "")
    match request.form.get("do"):
        case "test":
            sent = channels.send_test(product, project.id, name)
            if sent.status is DeliveryStatus.DELIVERED:
                return "", f"The test of {name} was delivered."
            return f"The test of {name} was not delivered. {sent.error}", ""
        case "remove":
            channels.remove_channel(product, project.id, name)
        case _:
            try:
                channels.choose_events(product, project.id, name, _events())
            except InvalidInput as error:
                return str(error), ""
    return "", ""


def _feed(product: Application) -> ResponseReturnValue:
    """Return the messages after the one that a browser has seen; without one, begin to note them."""
    try:
        project = _chosen(product)
        after = request.args.get("after", "")
        if not after:
            return jsonify(after=channels.watch_in_browser(product, project.id), messages=[])
        number = int(after) if after.isascii() and after.isdecimal() and len(after) < 18 else 0
        found = channels.browser_messages(product, project.id, after=number)
    except CompressCompareError as error:
        return jsonify(message=error.message), 404
    shown = [
        {"title": one.message.title, "body": one.message.body, "path": one.message.path} for one in found
    ]
    return jsonify(after=found[-1].id if found else number, messages=shown)


def _project(product: Application) -> Project | None:
    """Return the project that is asked for, or the first one."""
    slug = request.values.get("project", "")
    known = projects.list_projects(product)
    return next((one for one in known if one.slug == slug), known[0] if known and not slug else None)


def _chosen(product: Application) -> Project:
    found = _project(product)
    if found is None:
        raise NotFound("There is no such project.", "Choose one of the list.")
    return found


def _events() -> tuple[Event, ...]:
    return tuple(event for event in LABELS if event.value in request.form.getlist("events"))
