"""The pages of papers and claims, run in process."""

import pytest

from dashboard.data.paper_runs import filters_of
from expdb.domain.claim import Claim, ClaimTest, Paper
from expdb.store.store import Store
from tests.dashboard.conftest import add_measured
from tests.dashboard.test_pages import open_page, shown_text
from tests.factories import make_run, make_spec

PAPERS = [
    Paper(title="Deep *Residual* Learning", venue="CVPR", year=2016, week="1", position=1, tags=("M-RESNETMINI",)),
    Paper(title="Bad link", week="1", position=2, link="javascript:alert(1)", tags=("A-GRADCAM",)),
    Paper(title="mixup", week="5 & 6", position=3, link="https://example.org/a", tags=("T-RANDAUG", "C-PATCH")),
    Paper(title="Of no week"),
]
SIDES = {"a": "model = resnet_mini and group = pair", "b": "model = senet_mini and group = pair"}
CLAIMS = [
    Claim(key="K1", sentence="SE <b>helps</b>.", source="a report", test=ClaimTest(**SIDES, at_least=-1.0, at_most=1)),
    Claim(key="K2", sentence="Depth helps.", source="a seminar", status="not testable", known="Nothing is known."),
    Claim(key="K3", sentence="SE hurts.", source="a report", test=ClaimTest(**SIDES, at_least=0.5)),
]


@pytest.fixture
def library(measured) -> str:
    """Papers, claims, and two groups of three seeds that decide two of the claims."""
    with Store.open(measured) as store:
        store.library.save_papers(PAPERS)
        store.library.save_claims(CLAIMS)
        for model in ("resnet_mini", "senet_mini"):
            for seed in range(3):
                add_measured(store, make_spec(model__name=model, seed=seed, epochs=3), epochs=3, group="pair")
    return measured


def link_labels(app):
    return [link.proto.label for link in app.get("page_link")]


@pytest.mark.parametrize(("page", "command"), [("papers", "expdb import papers"), ("claims", "expdb import claims")])
def test_an_empty_library_says_how_to_fill_it(reported, page, command):
    app = open_page(f"views/{page}.py")

    assert app.info
    assert command in app.code[0].value


def test_papers_stand_under_their_weeks(library):
    app = open_page("views/papers.py")

    assert [heading.value for heading in app.subheader] == ["Week 1", r"Week 5 \& 6", "Without a week"]
    assert "4 of 4 papers." in shown_text(app)
    assert [button.proto.label for button in app.get("download_button")] == ["Download .md", "Download .csv"]


def test_tags_lead_to_the_runs_that_they_find(library):
    app = open_page("views/papers.py")

    assert link_labels(app) == [r"M\-RESNETMINI\: 8 runs", r"T\-RANDAUG\: 3 runs"]
    assert app.get("page_link")[1].proto.query_string == "where=policy+%3D+randaugment"


def test_titles_are_never_markup_and_only_web_links_are_links(library):
    text = shown_text(open_page("views/papers.py"))

    assert r"**Deep \*Residual\* Learning**" in text
    assert "**[mixup](https://example.org/a)**" in text
    assert "**Bad link**" in text
    assert "javascript" not in text


def test_papers_are_filtered_in_the_address(library):
    assert "**[mixup]" in shown_text(open_page("views/papers.py", week="5 & 6"))
    assert "1 of 4 papers." in shown_text(open_page("views/papers.py", paper_tag="A-GRADCAM"))
    assert "No paper" in open_page("views/papers.py", words="quantum").info[0].value


def test_models_are_found_by_spelling():
    names = ("resnet50", "resnet501", "wide_resnet50_2", "vgg16", "mobilevit_s", "vit_small", "resnet50_cbam")
    runs = [make_run(model=name, arch=name) for name in names]

    found = filters_of(("M-RESNET50", "M-VGG", "M-VIT", "M-CBAM", "M-DETECT", "T-CUTMIX", "A-GRADCAM", "M-"), runs)

    assert found == {
        "T-CUTMIX": "cutmix_alpha > 0",
        "M-RESNET50": 'model in ("resnet50", "resnet50_cbam")',
        "M-VGG": 'model in ("vgg16")',
        "M-VIT": 'model in ("vit_small")',
        "M-CBAM": 'model in ("resnet50_cbam")',
    }


def test_claims_are_listed_with_the_status_that_the_runs_give(library):
    frame = open_page("views/claims.py").dataframe[0].value

    assert dict(zip(frame["claim"], (status[0] for status in frame["status"]), strict=True)) == {
        "K1": "supported",
        "K2": "not testable",
        "K3": "contradicted",
    }


def test_claims_are_filtered_by_status_in_the_address(library):
    frame = open_page("views/claims.py", claim_status="contradicted").dataframe[0].value

    assert list(frame["claim"]) == ["K3"]


def test_a_claim_shows_its_reason_its_runs_and_their_comparison(library):
    app = open_page("views/claims.py", claim="K1")

    assert app.subheader[0].value == r"SE \<b\>helps\<\/b\>\."
    assert "95 % interval" in shown_text(app).replace("\\", "")
    labels = link_labels(app)
    assert "Compare both sides" in labels
    assert sum(label.startswith("Run ") for label in labels) == 6


def test_a_claim_without_a_test_says_whose_status_it_is(library):
    text = shown_text(open_page("views/claims.py", claim="K2"))

    assert "a person's" in text
    assert r"Nothing is known\." in text


def test_an_unknown_claim_in_the_address_shows_the_list(library):
    app = open_page("views/claims.py", claim="K99")

    assert len(app.dataframe[0].value) == 3
