"""Trains as timm's train.py does: the same functions of timm, called in the same order with the same arguments.

timm's package does not hold that script. Who has it lets the tests run it instead: TIMM_TRAIN names the file.
"""

import argparse
import os
from collections import OrderedDict

import torch
from timm import utils
from timm.data import create_dataset, create_loader
from timm.models import create_model
from timm.optim import create_optimizer_v2


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, kind, default in (
        ("data-dir", str, None), ("dataset", str, ""), ("model", str, "resnet50"), ("num-classes", int, None),
        ("batch-size", int, 128), ("lr", float, 0.05), ("epochs", int, 300), ("seed", int, 42), ("output", str, ""),
        ("experiment", str, ""), ("opt", str, "sgd"), ("workers", int, 4), ("device", str, "cuda"),
        ("img-size", int, None), ("warmup-epochs", int, 5),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=kind, default=default)
    args = parser.parse_args()
    device = utils.init_distributed_device(args)
    utils.random_seed(args.seed, args.rank)
    model = create_model(args.model, num_classes=args.num_classes).to(device)
    optimizer = create_optimizer_v2(model, opt=args.opt, lr=args.lr)
    loaders = {
        split: create_loader(
            create_dataset(args.dataset, root=args.data_dir, split=split, is_training=split == "train"),
            input_size=(3, args.img_size, args.img_size), batch_size=args.batch_size, is_training=split == "train",
            use_prefetcher=False, num_workers=args.workers, device=device,
        )
        for split in ("train", "validation")
    }  # fmt: skip
    output_dir = utils.get_outdir(args.output, args.experiment)
    for epoch in range(args.epochs):
        losses = utils.AverageMeter()
        model.train()
        for images, labels in loaders["train"]:
            loss = torch.nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.update(loss.item(), images.size(0))
        measured = {name: utils.AverageMeter() for name in ("loss", "top1", "top5")}
        model.eval()
        with torch.no_grad():
            for images, labels in loaders["validation"]:
                logits = model(images)
                values = (
                    torch.nn.functional.cross_entropy(logits, labels),
                    *utils.accuracy(logits, labels, topk=(1, 5)),
                )
                for meter, value in zip(measured.values(), values, strict=True):
                    meter.update(value.item(), images.size(0))
        rates = [group["lr"] for group in optimizer.param_groups]
        utils.update_summary(
            epoch,
            OrderedDict([("loss", losses.avg)]),
            OrderedDict((name, meter.avg) for name, meter in measured.items()),
            filename=os.path.join(output_dir, "summary.csv"),  # noqa: PTH118 - as timm has it
            lr=sum(rates) / len(rates),
            write_header=epoch == 0,
            log_wandb=False,
        )


if __name__ == "__main__":
    main()
