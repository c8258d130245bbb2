"""The console's addresses, one table: which page stands where and who answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from web.staff import (
    answers_desk,
    broadcasting,
    calling,
    case_ledger,
    changes,
    codes,
    consulting,
    correcting,
    desk,
    doubles,
    entry_grounds,
    entry_review,
    facts_page,
    frame,
    household_moves,
    households,
    intake,
    knowledge,
    ledger,
    looks,
    notices,
    portraits,
    push_ledger,
    push_reach,
    push_story,
    pushing,
    requests,
    reviewing,
    sending,
    sign_in,
    sms_templates,
    system,
    trail_words,
    village,
    village_office,
    village_visits,
    wishes,
    writing,
)

READ, ASK = ("GET",), ("GET", "POST")
DO = ("POST",)

ADDRESSES: tuple[tuple[str, str, Callable[..., Any], tuple[str, ...]], ...] = (
    ("/", "desk", desk.desk, READ),
    ("/sign-in", "sign_in", sign_in.sign_in, ASK),
    ("/sign-out", "sign_out", sign_in.sign_out, DO),
    ("/notices", "notices", notices.notices, READ),
    ("/notices/new", "write", writing.write, ASK),
    ("/notices/import", "import_notices", writing.import_file, ASK),
    ("/notices/count", "count", writing.count, DO),
    ("/notices/of/<reference>", "notice", notices.notice, READ),
    ("/notices/of/<reference>/edit", "rewrite", writing.rewrite, ASK),
    ("/notices/of/<reference>/submit", "submit", reviewing.submit, DO),
    ("/notices/of/<reference>/review", "review", reviewing.review, ASK),
    ("/notices/of/<reference>/publish", "publish", reviewing.publish, ASK),
    ("/notices/of/<reference>/withdraw", "withdraw", reviewing.withdraw, ASK),
    ("/notices/of/<reference>/posted", "posted", village_office.posted, READ),
    ("/village", "village", village.village, READ),
    ("/village/sheets/<int:number>/sheet.pdf", "sheet", village.sheet, READ),
    ("/village/sheets/<int:number>/card", "pass_on", village.pass_on, READ),
    ("/village/sheets/<int:number>/<act>", "tick_sheet", village.tick_sheet, DO),
    ("/village/visits", "visits", village_visits.visits, READ),
    ("/village/visits/list.pdf", "visit_sheet", village_visits.visit_sheet, READ),
    ("/village/visits/of/<reference>/<act>", "tick_visit", village_visits.tick_visit, DO),
    ("/push", "dispatches", pushing.dispatches, READ),
    ("/push/of/<reference>", "audience", sending.audience, READ),
    ("/push/of/<reference>/confirm", "confirm", sending.confirm, DO),
    ("/push/of/<reference>/try", "try_push", sending.try_push, DO),
    ("/push/broadcasts", "broadcasts", broadcasting.broadcasts, READ),
    ("/push/broadcasts/of/<reference>", "broadcast", broadcasting.broadcast, ASK),
    ("/push/broadcasts/<int:number>/ask", "ask_broadcast", broadcasting.ask_broadcast, DO),
    ("/push/<int:number>", "dispatch", pushing.dispatch, READ),
    ("/push/<int:number>/visits", "visited", village_office.visited, READ),
    ("/push/<int:number>/coverage", "push_coverage", push_reach.push_coverage, READ),
    ("/push/<int:number>/missed", "push_missed", push_reach.push_missed, ASK),
    ("/push/<int:number>/unclear", "push_unclear", push_reach.push_unclear, READ),
    ("/push/<int:number>/replies", "push_replies", push_story.push_replies, READ),
    ("/push/<int:number>/find", "find_in_push", push_story.find_in_push, DO),
    ("/push/<int:number>/correct", "correct", correcting.correct, ASK),
    ("/push/<int:number>/<name>", "act_on_dispatch", pushing.act, ASK),
    ("/consultations", "consultations", consulting.consultations, READ),
    ("/consultations/calls/new", "take_call", calling.take_call, ASK),
    ("/consultations/calls/back", "call_backs", calling.call_backs, READ),
    ("/consultations/<number>", "consultation", consulting.consultation, ASK),
    ("/knowledge", "knowledge", knowledge.knowledge, READ),
    ("/knowledge/new", "new_entry", knowledge.new_entry, ASK),
    ("/knowledge/import", "import_knowledge", knowledge.import_knowledge, ASK),
    ("/knowledge/export/<form>", "export_knowledge", knowledge.export_knowledge, READ),
    ("/knowledge/gaps", "gaps", knowledge.gaps, READ),
    ("/knowledge/try", "try_question", knowledge.try_question, READ),
    ("/knowledge/documents", "documents", entry_grounds.documents, READ),
    ("/knowledge/documents/abolish", "abolish_document", entry_grounds.abolish_document, DO),
    ("/knowledge/documents/<int:number>/reinstate", "reinstate_document", entry_grounds.reinstate_document, DO),
    ("/knowledge/of/<path:entry_id>", "entry", knowledge.entry, ASK),
    ("/knowledge/of/<path:entry_id>/approve", "approve_entry", entry_review.approve_entry, DO),
    ("/knowledge/of/<path:entry_id>/retire", "retire_entry", entry_review.retire_entry, DO),
    ("/knowledge/of/<path:entry_id>/return", "return_entry", entry_review.return_entry, DO),
    ("/households", "households", households.households, READ),
    ("/households/trial", "trial", households.trial, ASK),
    ("/households/facts", "facts", facts_page.facts, READ),
    ("/households/import", "import_households", intake.bring, ASK),
    ("/households/import/<token>", "brought", intake.brought, ASK),
    ("/households/import/<token>/errors.csv", "errors_of", intake.errors_of, READ),
    ("/households/import/<token>/mend.csv", "to_mend", intake.to_mend, READ),
    ("/households/changes", "changes", changes.changes, READ),
    ("/households/changes/<int:number>", "change", changes.change, ASK),
    ("/households/doubles", "doubles", doubles.doubles, READ),
    ("/households/doubles/<int:first>-<int:second>", "double", doubles.double, ASK),
    ("/households/of/<reference>", "household", households.household, READ),
    ("/households/of/<reference>/push/<int:number>", "explained", push_story.explained, READ),
    ("/households/of/<reference>/moves", "household_moves", household_moves.household_moves, ASK),
    ("/households/of/<reference>/wishes", "wishes", wishes.wishes, ASK),
    ("/households/of/<reference>/number", "whole_number", households.whole_number, DO),
    ("/households/requests", "data_asked", requests.data_asked, READ),
    ("/households/requests/<number>", "data_request", requests.data_request, ASK),
    ("/households/find", "find_person", looks.find_person, DO),
    ("/households/of/<reference>/answers/<int:number>", "settle_answer", answers_desk.settle_answer, DO),
    ("/households/of/<reference>/changes", "choose_change", changes.choose_change, READ),
    ("/households/of/<reference>/changes/<kind>", "report_change", changes.report_change, ASK),
    ("/codes", "codes", codes.codes, READ),
    ("/codes/print", "print_codes", codes.print_codes, DO),
    ("/codes/<int:number>/replace", "replace_code", codes.replace_code, ASK),
    ("/ledger", "ledger", ledger.ledger, READ),
    ("/ledger/push", "push_ledger", push_ledger.push_ledger, READ),
    ("/ledger/consultations", "case_ledger", case_ledger.case_ledger, READ),
    ("/ledger/consultations/<number>/urge", "urge", case_ledger.urge, DO),
    ("/system", "system", system.system, READ),
    ("/system/accounts/new", "add_account", system.add_account, ASK),
    ("/system/accounts/of/<name>/close", "close_account", system.close_account, ASK),
    ("/system/trail", "trail", system.trail, READ),
    ("/system/templates", "templates", sms_templates.templates, READ),
    ("/system/templates/new", "add_template", sms_templates.add_template, ASK),
    ("/system/templates/ask", "ask_templates", sms_templates.ask_templates, DO),
    ("/system/templates/<int:number>", "template", sms_templates.template, ASK),
    ("/system/portraits", "portraits", portraits.portraits, READ),
    ("/system/looks", "looks", looks.looks, READ),
)


def blueprints() -> tuple[Blueprint, ...]:
    """The console, ready to be registered."""
    blueprint = Blueprint("staff", __name__, url_prefix="/staff")
    for rule, name, view, methods in ADDRESSES:
        blueprint.add_url_rule(rule, name, view, methods=list(methods))
    blueprint.context_processor(frame.at_hand)
    blueprint.record_once(_prepare)
    return (blueprint,)


def _prepare(state: BlueprintSetupState) -> None:
    state.app.jinja_env.filters.update(act_words=trail_words.act_words, subject_words=trail_words.subject_words)
