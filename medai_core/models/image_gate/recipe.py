"""How `image_gate` was made: a frozen ImageNet body, heads learned from its features, limits frozen.

``python -m medai_core train image_gate --data DIR``: minutes on two processors. The body, the first eleven
blocks of EfficientNet-Lite0, is not trained, so that what it makes of pictures never seen here stays telling.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning.export import export
from medai_core.learning.looks import SIGNS, TURNS, VIEWS
from medai_core.learning.networks import efficientnet_lite0_classifier, fold, load_imagenet
from medai_core.learning.weights import SERVED_FILE, halve, save_served
from medai_core.models.image_gate import evaluation, freezing, made
from medai_core.models.image_gate.facts import SIZE
from medai_core.models.image_gate.pictures import (
    IMAGENET,
    UNKNOWN,
    Films,
    Row,
    film_rows,
    made_row,
    read_films,
    small_copy,
    spoiled_row,
)

SEED: Final = 3
LAST_BLOCK: Final = "blocks_10_add"
HIDDEN: Final = 96
FILMS: Final = 3000
MADE: Final = 160
SPOILED: Final = 240
EPOCHS: Final = 30
BATCH: Final = 256
RATE: Final = 1e-3
DROPOUT: Final = 0.3
DECAY: Final = 1e-4
ROWS_FILE: Final = "rows.npz"

Values = NDArray[np.float32]
Say = Callable[[str], None]


def network(*, dtype: str | None = None) -> Any:
    """The network as it is served.

    Outputs: probabilities of the views, shape (n, 3); their logits as a map of one position, (n, 1, 1, 3);
    evidence, (n, 7 + features): logits of turn, mirrored, inverted, cropped, then the body's features.
    """
    import keras

    body = efficientnet_lite0_classifier(SIZE, len(VIEWS), dropout=0.0, dtype=dtype, folded=True)
    grid = keras.layers.AveragePooling2D(2, name="grid", dtype="float32")(body.get_layer(LAST_BLOCK).output)
    features = keras.layers.Flatten(name="features", dtype="float32")(grid)
    view, signs = heads(features)
    probabilities = keras.layers.Softmax(name="p", dtype="float32")(view)
    one_position = keras.layers.Reshape((1, 1, len(VIEWS)), name="map", dtype="float32")(view)
    evidence = keras.layers.Concatenate(name="evidence", dtype="float32")([signs, features])
    return keras.Model(body.input, [probabilities, one_position, evidence], name="image_gate")


def heads(features: Any, *, dropout: float = 0.0) -> tuple[Any, Any]:
    """Logits of the views and of the signs, from features."""
    import keras

    dense = keras.layers.Dense
    hidden = dense(HIDDEN, "relu", name="hidden", dtype="float32")(features)
    if dropout > 0:
        hidden = keras.layers.Dropout(dropout, name="drop")(hidden)
    return (
        dense(len(VIEWS), name="view", dtype="float32")(hidden),
        dense(len(SIGNS), name="signs", dtype="float32")(hidden),
    )


def train(data: Path, work: Path, out: Path, *, say: Say = print) -> None:
    """Features of all rows (kept in `work`), heads, files in `out`, then limits and measurements."""
    films = read_films(data)
    say(f"{len(films.names)} films: {_counts(films)}")
    work.mkdir(parents=True, exist_ok=True)
    model = network()
    _start(model, data / IMAGENET)
    if not (work / ROWS_FILE).exists():
        halve(model)
        save_served(model, work / SERVED_FILE)
        features, targets = _rows(films, work / SERVED_FILE, say)
        np.savez(work / ROWS_FILE, features=features.astype(np.float16), targets=targets)
    with np.load(work / ROWS_FILE) as kept:
        learned = fit_heads(kept["features"].astype(np.float32), kept["targets"], say)
    for name, values in learned.items():
        model.get_layer(name).set_weights(values)
    export(model, out, exclusive=True)
    freezing.freeze(films, out, say=say)
    evaluation.measure(films, data, out, say=say)


def evaluate(data: Path, out: Path, *, say: Say = print) -> Path:
    """Measure the gate in `out` again and write its card."""
    return evaluation.measure(read_films(data), data, out, say=say)


def _counts(films: Films) -> dict[str, int]:
    return {str(part): int((films.part == part).sum()) for part in np.unique(films.part)}


def _start(model: Any, archive: Path) -> None:
    """ImageNet weights, batch normalisation folded, into the body of `model`."""
    source = efficientnet_lite0_classifier(SIZE, len(VIEWS), dropout=0.0)
    load_imagenet(source, archive)
    folded = efficientnet_lite0_classifier(SIZE, len(VIEWS), dropout=0.0, folded=True)
    fold(source, folded)
    ours = {layer.name for layer in model.layers}
    for layer in folded.layers:
        if layer.weights and layer.name in ours:
            model.get_layer(layer.name).set_weights(layer.get_weights())


def _rows(films: Films, served: Path, say: Say) -> tuple[Values, NDArray[np.int64]]:
    """Features and targets (view, turn, mirrored, inverted, cropped) of everything that is learned from."""
    from medai_core.learning.served import served_evidence

    features, targets, waiting = [], [], []
    for number, row in enumerate(_all_rows(films)):
        waiting.append(row.image)
        targets.append((row.view, row.turn, row.mirrored, row.inverted, row.cropped))
        if len(waiting) == 512:
            features.append(served_evidence(served, np.stack(waiting))[1][:, len(SIGNS) :])
            waiting = []
            say(f"{number + 1} pictures")
    features.append(served_evidence(served, np.stack(waiting))[1][:, len(SIGNS) :])
    return np.concatenate(features), np.array(targets)


def _all_rows(films: Films) -> Iterator[Row]:
    chance = np.random.default_rng(SEED)
    rows = chance.permutation(films.rows("train"))[:FILMS]
    copies = [small_copy(films.pictures[row]) for row in rows]
    for copy in copies:
        yield from film_rows(copy, chance)
    for kind in made.KINDS:
        for _ in range(MADE):
            yield made_row(kind, chance)
    for kind in made.SPOILED:
        for _ in range(SPOILED):
            yield spoiled_row(kind, [copies[one] for one in chance.integers(0, len(copies), 4)], chance)


def fit_heads(features: Values, targets: NDArray[np.int64], say: Say) -> dict[str, list[Values]]:
    """Weights of the layers "hidden", "view", "signs", for features as the network gives them.

    Features are standardised while learning; the standardisation ends in the first layer's weights.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    mean, spread = features.mean(axis=0), features.std(axis=0) + np.float32(0.05)
    given = keras.Input((features.shape[1],))
    model = keras.Model(given, list(heads(given, dropout=DROPOUT)))
    steps = EPOCHS * (len(features) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=DECAY), loss=[_view_loss, _signs_loss], jit_compile=False
    )
    shares = np.bincount(targets[:, 0])
    weight = (len(targets) / (3.0 * shares))[targets[:, 0]].astype(np.float32)
    history = model.fit(
        (features - mean) / spread,
        [targets[:, :1].astype(np.float32), targets[:, 1:].astype(np.float32)],
        sample_weight=[weight, np.ones_like(weight)],
        batch_size=BATCH,
        epochs=EPOCHS,
        verbose=0,
    )
    say(f"heads: loss {history.history['loss'][0]:.3f} to {history.history['loss'][-1]:.3f}")
    kernel, bias = model.get_layer("hidden").get_weights()
    kernel = kernel / spread[:, None]
    return {
        "hidden": [kernel, bias - mean @ kernel],
        "view": model.get_layer("view").get_weights(),
        "signs": model.get_layer("signs").get_weights(),
    }


def _view_loss(truth: Any, logits: Any) -> Any:
    import keras

    return keras.ops.mean(
        keras.losses.sparse_categorical_crossentropy(truth[:, 0], logits, from_logits=True)[:, None], axis=-1
    )


def _signs_loss(truth: Any, logits: Any) -> Any:
    """Cross-entropy of the turn and of three questions; questions without an answer do not count."""
    import keras

    ops = keras.ops
    turns = len(TURNS)
    known = ops.cast(truth != UNKNOWN, "float32")
    asked = ops.maximum(truth, 0.0)
    turn = keras.losses.sparse_categorical_crossentropy(asked[:, 0], logits[:, :turns], from_logits=True)
    flags = keras.ops.binary_crossentropy(asked[:, 1:], logits[:, turns:], from_logits=True)
    return turn * known[:, 0] + ops.sum(flags * known[:, 1:], axis=-1)
