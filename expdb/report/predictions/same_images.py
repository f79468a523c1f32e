"""Whether two runs were tested on the same images, as far as their records say."""

from expdb.domain.run import Run


def other_images(a: Run, b: Run) -> str | None:
    """Return why two runs were not tested on the same images; None where they were, as far as is recorded."""
    if a.dataset != b.dataset:
        return f"runs {a.id} and {b.id} were tested on other datasets: {a.dataset} and {b.dataset}"
    if a.fields["test_limit"] != b.fields["test_limit"]:
        words = [
            "all" if run.fields["test_limit"] is None else f"{run.fields['test_limit']:,} chosen ones" for run in (a, b)
        ]
        return f"runs {a.id} and {b.id} were tested on other images of {a.dataset}: {words[0]} and {words[1]}"
    # The digest is of all splits, at the size they are fed: another share or size of them explains another digest.
    is_explained = (a.fields["img_size"], a.results.num_train_images) != (
        b.fields["img_size"],
        b.results.num_train_images,
    )
    if (
        a.results.data_digest
        and b.results.data_digest
        and a.results.data_digest != b.results.data_digest
        and not is_explained
    ):
        return f"runs {a.id} and {b.id} were tested on other images of {a.dataset}: their data digests differ"
    return None
