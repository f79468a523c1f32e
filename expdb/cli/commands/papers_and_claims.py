"""`expdb papers | claims`: what was read; what is said of the runs, and whether they bear it out."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

import typer

from expdb.cli.arguments import JsonFlag, OutputFile
from expdb.cli.context import context_of
from expdb.cli.output import print_json, print_line, print_pairs, print_table, write_text
from expdb.domain.claim import Claim, ClaimStatus, ClaimTest, Paper, SmallTest
from expdb.errors import SpecError
from expdb.report.library.small_claims import SmallAnswer, counted_answers

if TYPE_CHECKING:
    from expdb.domain.group import RunGroup
    from expdb.report.library.claims import Verdict

# Lists that people also put into a document: a table for the eye, Markdown or JSON.
ListFormat = Literal["table", "md", "json"]
ListFormatOption = Annotated[ListFormat | None, typer.Option("--format", help="table (the default), md or json")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (papers, claims):
        app.command(rich_help_panel="Report")(command)


def papers(
    ctx: typer.Context,
    week: Annotated[str | None, typer.Option(help="only this week: 5, or as the list calls it ('5 & 6')")] = None,
    tag: Annotated[str | None, typer.Option(help="only papers with this tag")] = None,
    form: ListFormatOption = None,
    output: OutputFile = None,
    as_json: JsonFlag = False,
) -> None:
    """List the papers that were read, by week.

    Enter them: expdb import papers.
    """
    from expdb.report.library.markdown import papers_to_markdown

    chosen = _list_format(form, output, as_json=as_json)
    with context_of(ctx).open_store(is_read_only=True) as store:
        known = store.library.papers()
    found = [paper for paper in known if _is_of(paper, week) and (tag is None or tag in paper.tags)]
    if chosen == "json":
        print_json(found, output)
    elif chosen == "md":
        write_text(papers_to_markdown(found), output)
    elif not found:
        print_line("no paper matches" if known else "no papers yet; enter expdb's own list: expdb import papers")
    else:
        listed = [[paper.week or "", paper.title, paper.venue or "", str(paper.year or "")] for paper in found]
        print_table(["week", "paper", "venue", "year"], listed, ["left"] * 4)


class SmallRecord(TypedDict):
    """What `claims --json` tells of a comparison at small scale."""

    test: SmallTest
    answer: Annotated[SmallAnswer, "by the rule that was fixed before the runs"]
    text: Annotated[str, "the same with the scale, the difference and its interval"]
    runs: Annotated[
        dict[Literal["a", "b"], list[list[int]]], "of each side of the test the groups, by the ids of their runs"
    ]


class JudgedClaimRecord(TypedDict):
    """What `claims --json` tells of a claim beside what was entered."""

    test: Annotated[ClaimTest | None, "the comparison that decides it; null: a person judges"]
    written_status: Annotated[ClaimStatus, "as a person judged it"]
    status: Annotated[ClaimStatus, "as the runs decide now, where there is a test"]
    reason: Annotated[str, "why"]
    runs: Annotated[
        dict[Literal["a", "b"], list[list[int]]], "of each side of the test the groups, by the ids of their runs"
    ]
    small: Annotated[list[SmallRecord], "what is said at small scale; it does not count for the status"]


def claims(
    ctx: typer.Context,
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="all about this claim")] = None,
    status: Annotated[ClaimStatus | None, typer.Option(help="only claims of this status")] = None,
    form: ListFormatOption = None,
    output: OutputFile = None,
    as_json: JsonFlag = False,
) -> None:
    """List claims with their status, or show one with the runs behind it.

    Where a claim names a test, the runs that are there now decide: it is supported or contradicted if the 95 %
    interval (Welch, over seeds) of the difference lies wholly inside or outside what it says. What small networks on
    toy data say stands beside it, and never counts for the status.
    Enter and edit claims: expdb import claims FILE.
    """
    from expdb.report.library.claims import claim_verdict
    from expdb.report.library.markdown import claims_to_markdown

    chosen = _list_format(form, output, as_json=as_json)
    with context_of(ctx).open_store(is_read_only=True) as store:
        known = store.library.claims() if key is None else [store.library.claim(key)]
        judged = [(claim, claim_verdict(store, claim)) for claim in known]
    found = [(claim, verdict) for claim, verdict in judged if status in (None, verdict.status)]
    if chosen == "json":
        print_json([_record(claim, verdict) for claim, verdict in found], output)
    elif chosen == "md":
        write_text(claims_to_markdown(found), output)
    elif not found:
        print_line("no claim matches" if known else "no claims yet; enter expdb's own list: expdb import claims")
    elif key is not None:
        _show(*found[0])
    else:
        listed = [
            [claim.key, verdict.status, counted_answers(verdict.small), claim.sentence] for claim, verdict in found
        ]
        print_table(["claim", "status", "small scale", "sentence"], listed, ["left"] * 4, optional=["small scale"])
        print_line("all about one: expdb claims KEY")


def _is_of(paper: Paper, week: str | None) -> bool:
    """Tell whether a paper was read in a week: what its list calls it, or one of the numbers in that."""
    return week in (None, paper.week) or week in re.findall(r"\d+", paper.week or "")


def _show(claim: Claim, verdict: "Verdict") -> None:
    about = [
        ("sentence", claim.sentence),
        ("source", claim.source),
        ("tested by", claim.tested_by or ""),
        ("known", claim.known or ""),
        ("status", verdict.status),
    ]
    if claim.test is not None:
        about.append(("because", verdict.reason))
    print_pairs(claim.key, [(name, value) for name, value in about if value])
    for small in verdict.small:
        rows = [
            ("small scale", small.text),
            (f"a: {small.test.a}", _sides(small.a)),
            (f"b: {small.test.b}", _sides(small.b)),
        ]
        print_pairs(f"{small.test.metric} of b minus that of a", rows)
    if claim.test is None:
        return
    sides = [("a", claim.test.a, verdict.a), ("b", claim.test.b, verdict.b)]
    rows = [(f"{name}: {where}", _sides(groups)) for name, where, groups in sides]
    print_pairs(f"{claim.test.metric} of b minus that of a", rows)


def _sides(groups: "Sequence[RunGroup]") -> str:
    return "; ".join(_told(group) for group in groups) or "no runs"


def _told(group: "RunGroup") -> str:
    """Return a group as `79.05 ± 0.12 (3), runs 1-3`."""
    from expdb.report.mean_text import measure_text
    from expdb.report.run_ids import runs_text

    [(measure, sample)] = group.samples.items()
    return f"{measure_text(measure, sample)}, {runs_text(group.run_ids)}"


def _record(claim: Claim, verdict: "Verdict") -> dict[str, Any]:
    """Return a claim as plain data: its live status, and the one that was written down."""
    return {
        **asdict(claim),
        **JudgedClaimRecord(
            test=claim.test,
            written_status=claim.status,
            status=verdict.status,
            reason=verdict.reason,
            runs={"a": _ids(verdict.a), "b": _ids(verdict.b)},
            small=[
                SmallRecord(
                    test=small.test, answer=small.answer, text=small.text, runs={"a": _ids(small.a), "b": _ids(small.b)}
                )
                for small in verdict.small
            ],
        ),
    }


def _ids(groups: "Sequence[RunGroup]") -> list[list[int]]:
    return [list(group.run_ids) for group in groups]


def _list_format(form: ListFormat | None, output: Path | None, *, as_json: bool) -> ListFormat:
    """Return the format that was asked for; a file is Markdown where nothing is said."""
    if as_json and form not in (None, "json"):
        raise SpecError(f"--json and --format {form}: give one of them")
    if as_json:
        return "json"
    if form == "table" and output is not None:
        raise SpecError(f"--format table is for the eye: write {str(output)!r} as md or json")
    return form or ("table" if output is None else "md")
