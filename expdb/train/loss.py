"""What training makes small: cross entropy, binary cross entropy of every class, the distance to a teacher."""

import torch
from torch.nn import functional

from expdb.domain.spec import RunSpec
from expdb.train.augment.mixing import smooth


def label_loss(logits: torch.Tensor, targets: torch.Tensor, *, spec: RunSpec) -> torch.Tensor:
    """Return the mean loss over images, and for binary cross entropy over classes too: ().

    Args:
        logits: (B, num_classes) float32.
        targets: (B,) int64 classes, or (B, num_classes) float32 with label smoothing in them.

    Source: Wightman et al. 2021 (ResNet strikes back), section 2 (binary cross entropy, its targets made 0 and 1).
    """
    smoothing = spec.aug.label_smoothing
    if spec.loss == "ce":
        return functional.cross_entropy(
            logits, targets, label_smoothing=0.0 if targets.is_floating_point() else smoothing
        )
    if not targets.is_floating_point():
        targets = smooth(targets, num_classes=spec.data.num_classes, smoothing=smoothing)
    if spec.bce_threshold is not None:
        targets = (targets > spec.bce_threshold).float()
    return functional.binary_cross_entropy_with_logits(logits, targets)


def distillation_loss(logits: torch.Tensor, teacher_logits: torch.Tensor, *, temperature: float) -> torch.Tensor:
    """Return the mean KL divergence of softened predictions from the teacher's, times the temperature squared: ().

    Args:
        logits, teacher_logits: (B, num_classes) float32.

    Source: Hinton et al. 2015, section 2.
    """
    own = functional.log_softmax(logits / temperature, 1)
    theirs = functional.log_softmax(teacher_logits / temperature, 1)
    return functional.kl_div(own, theirs, reduction="batchmean", log_target=True) * temperature**2
