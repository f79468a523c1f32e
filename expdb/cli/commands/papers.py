"""`expdb papers`: what was read."""

import re
from typing import Annotated

import typer

from expdb.cli.arguments import JsonFlag, OutputFile
from expdb.cli.context import context_of
from expdb.cli.list_format import ListFormatOption, list_format
from expdb.cli.output import print_json, print_line, print_table, write_text
from expdb.domain.claim import Paper


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Report")(papers)


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

    chosen = list_format(form, output, as_json=as_json)
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


def _is_of(paper: Paper, week: str | None) -> bool:
    """Tell whether a paper was read in a week: what its list calls it, or one of the numbers in that."""
    return week in (None, paper.week) or week in re.findall(r"\d+", paper.week or "")
