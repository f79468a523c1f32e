import numpy as np

from expdb.report.figures.confusion import confusion_figure


def test_the_confusion_matrix_shows_shares_of_each_true_class_and_names():
    figure = confusion_figure(np.array([[3, 1], [0, 0]]), ["cat", "a very long name of a class"])

    assert figure.data[0].z.tolist() == [[0.75, 0.25], [0.0, 0.0]]
    assert figure.layout.xaxis.ticktext == ("cat", "a very long nam…")
    assert sorted(text for trace in figure.data[1:] for text in trace.text) == ["1", "3"]


def test_without_what_was_right_the_mistakes_fill_the_colours():
    figure = confusion_figure(np.array([[3, 1], [0, 4]]), ["cat", "dog"], mistakes_only=True)

    assert np.isnan(np.diag(figure.data[0].z)).all()
    assert figure.data[0].zmax == 0.25
    assert [text for trace in figure.data[1:] for text in trace.text] == ["1"]


def test_a_matrix_of_a_hundred_classes_has_no_numbers_in_its_cells():
    assert len(confusion_figure(np.eye(100, dtype=np.int64), [str(n) for n in range(100)]).data) == 1
