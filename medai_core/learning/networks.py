"""Network bodies that recipes share, built in Keras and started from public weights.

Keras is imported inside the functions: importing this module costs nothing.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

EFFICIENTNET_LITE0_BLOCKS: Final = (
    # repeats, kernel, stride, expansion, width
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
HALVINGS: Final = 5
"""How often the network halves rows and columns, the stem included."""

STEM_WIDTH: Final = 32
HEAD_WIDTH: Final = 1280
NORM_EPSILON: Final = 1e-3
NORM_MOMENTUM: Final = 0.99


def efficientnet_lite0_classifier(
    size: int,
    classes: int,
    *,
    dropout: float = 0.2,
    drop_path: float = 0.0,
    dtype: str | None = None,
    fused: bool = False,
    folded: bool = False,
    activation: str = "softmax",
    dense: bool = False,
    enlarged: int | None = None,
    mirrored: bool = False,
) -> Any:
    """EfficientNet-Lite0 for one-channel images, with its class-activation map as the second output.

    The 1x1 convolution of the head commutes with global average pooling: the mean of the map over its
    positions is the logit, so the heat map needs no gradient.

    Parameters
    ----------
    size : int
        Rows and columns of the input, pixels.
    classes : int
        Number of classes.
    dropout, drop_path : float
        Rates 0..1: channels of the last features, and whole residual branches (rising with depth).
    dtype : str, optional
        Keras dtype policy, for example ``"mixed_float16"``.
    fused : bool
        Normalise batches with TensorFlow's fused kernel while training: twice as fast on a CPU, the same
        numbers. Leave it off for inference and for saving.
    folded : bool
        Without batch normalisation, which `fold` puts into the kernels: the form that is served.
    activation : str
        ``"softmax"`` where one class excludes the others, ``"sigmoid"`` where each is a question of its own.
    dense : bool
        The last halving of the map is left out and the kernels after it reach twice as far (a trous): the
        same weights give a map of twice the rows and columns, which holds the coarse one in every second
        place, and the logit is the mean over four positions of the grid instead of one.
    enlarged : int, optional
        Rows and columns to which the input is brought first, bilinear: more positions for the same film.
    mirrored : bool
        The mirrored image is answered as well; the map is the mean of both, brought to the same side.

    Returns
    -------
    keras.Model
        Input shape (n, size, size, 1), float32 in 0..1. Outputs: probabilities, shape (n, classes), and
        activation map, shape (n, size / 32, size / 32, classes), in logits; with `enlarged` in place of
        size where that is given, and size / 16 where `dense`.

    References
    ----------
    Tan and Le, EfficientNet, ICML 2019; EfficientNet-Lite (tensorflow/tpu): no squeeze-and-excitation,
    ReLU6, stem and head of fixed width.
    """
    import keras

    normalisation = _fused_normalisation() if fused else keras.layers.BatchNormalization
    image = keras.Input((size, size, 1), name="xray")
    # ImageNet weights expect (x - 127) / 128 with x in 0..255
    scaled = keras.layers.Rescaling(255.0 / 128.0, offset=-127.0 / 128.0, name="scale", dtype=dtype)(image)
    if enlarged is not None:
        scaled = keras.layers.Resizing(enlarged, enlarged, name="enlarge", dtype="float32")(scaled)
    if mirrored:
        scaled = keras.ops.concatenate([scaled, keras.ops.flip(scaled, axis=2)], axis=0)
    layers = _Layers(None if folded else normalisation, dtype)
    x = _features(layers, scaled, drop_path=drop_path, dense=dense)
    if dropout > 0:
        x = keras.layers.SpatialDropout2D(dropout, name="drop", dtype=dtype)(x)
    start = keras.initializers.RandomNormal(stddev=0.01)
    activation_map = keras.layers.Conv2D(classes, 1, name="cam", dtype="float32", kernel_initializer=start)(x)
    if mirrored:
        straight, turned = keras.ops.split(activation_map, 2, axis=0)
        activation_map = (straight + keras.ops.flip(turned, axis=2)) * 0.5
    pooled = keras.layers.GlobalAveragePooling2D(name="pool", dtype="float32")(activation_map)
    probabilities = keras.layers.Activation(activation, name="p", dtype="float32")(pooled)
    return keras.Model(image, [probabilities, activation_map], name="efficientnet_lite0")


def _features(layers: "_Layers", x: Any, *, drop_path: float, dense: bool) -> Any:
    """All blocks, up to the last features before the classes."""
    x = layers.norm(layers.convolve(x, STEM_WIDTH, "conv_stem", kernel=3, stride=2), "bn0")
    depth = sum(repeats for repeats, *_ in EFFICIENTNET_LITE0_BLOCKS)
    index, halved, dilation = 0, 1, 1
    for repeats, kernel, first_stride, expansion, width in EFFICIENTNET_LITE0_BLOCKS:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            halved += stride == 2
            left_out = dense and stride == 2 and halved == HALVINGS
            form = (kernel, 1 if left_out else stride, expansion, width)
            x = layers.block(x, index, form, drop=drop_path * index / depth, dilation=dilation)
            dilation *= 2 if left_out else 1
            index += 1
    return layers.norm(layers.convolve(x, HEAD_WIDTH, "conv_head"), "bn1")


class _Layers:
    """The parts of the network; `normalisation` None leaves batch normalisation out and gives biases."""

    def __init__(self, normalisation: Any, dtype: str | None) -> None:
        self._normalisation = normalisation
        self._dtype = dtype

    def convolve(self, x: Any, width: int, name: str, *, kernel: int = 1, stride: int = 1) -> Any:
        import keras

        return keras.layers.Conv2D(
            width, kernel, strides=stride, padding="same", name=name, **self._options()
        )(x)

    def depthwise(self, x: Any, name: str, *, kernel: int, stride: int, dilation: int) -> Any:
        import keras

        return keras.layers.DepthwiseConv2D(
            kernel,
            strides=stride,
            padding="same",
            dilation_rate=dilation,
            name=name,
            **self._options(),
        )(x)

    def _options(self) -> dict[str, Any]:
        return {"use_bias": self._normalisation is None, "dtype": self._dtype}

    def norm(self, x: Any, name: str, *, activate: bool = True) -> Any:
        import keras

        if self._normalisation is not None:
            x = self._normalisation(
                epsilon=NORM_EPSILON, momentum=NORM_MOMENTUM, name=name, dtype=self._dtype
            )(x)
        return keras.layers.ReLU(6.0, name=f"{name}_relu6", dtype=self._dtype)(x) if activate else x

    def block(
        self, x: Any, index: int, form: tuple[int, int, int, int], *, drop: float, dilation: int
    ) -> Any:
        """One inverted residual; `form` is kernel, stride, expansion, width."""
        import keras

        kernel, stride, expansion, width = form
        name, shortcut = f"blocks_{index}", x
        if expansion != 1:
            x = self.norm(self.convolve(x, x.shape[-1] * expansion, f"{name}_expand_conv"), f"{name}_bn0")
        x = self.norm(
            self.depthwise(x, f"{name}_depthwise_conv", kernel=kernel, stride=stride, dilation=dilation),
            f"{name}_bn1",
        )
        x = self.norm(self.convolve(x, width, f"{name}_project_conv"), f"{name}_bn2", activate=False)
        if stride != 1 or shortcut.shape[-1] != width:
            return x
        if drop > 0:
            x = keras.layers.Dropout(
                drop, noise_shape=(None, 1, 1, 1), name=f"{name}_drop", dtype=self._dtype
            )(x)
        return keras.layers.Add(name=f"{name}_add", dtype=self._dtype)([shortcut, x])


def _fused_normalisation() -> Any:
    """BatchNormalization whose training step is one TensorFlow kernel instead of eight."""
    import keras
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not training:
                return super().call(inputs, training=False, mask=mask)
            none = tf.constant([], tf.float32)
            outputs, mean, variance = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=self.gamma,
                offset=self.beta,
                mean=none,
                variance=none,
                epsilon=self.epsilon,
                is_training=True,
            )[:3]
            keep = self.momentum
            self.moving_mean.assign(self.moving_mean * keep + mean * (1.0 - keep))
            self.moving_variance.assign(self.moving_variance * keep + variance * (1.0 - keep))
            return outputs

    return FusedBatchNormalization


def fold(model: Any, folded: Any) -> None:
    """Put convolutions and batch normalisations of `model` into the kernels and biases of `folded`.

    `model` and `folded` are the same classifier, built without and with ``folded=True``. With moving mean
    m, variance v, scale g and offset b: kernel * g / sqrt(v + epsilon), b - m * g / sqrt(v + epsilon).
    """
    for layer in folded.layers:
        if not layer.weights:
            continue
        source = model.get_layer(layer.name)
        if layer.name == "cam":
            layer.set_weights(source.get_weights())
            continue
        kernel = source.get_weights()[0].astype(np.float64)
        gamma, beta, mean, variance = (
            one.astype(np.float64) for one in model.get_layer(_norm_of(layer.name)).get_weights()
        )
        factor = gamma / np.sqrt(variance + NORM_EPSILON)
        spread = factor[:, None] if layer.name.endswith("depthwise_conv") else factor
        layer.set_weights([kernel * spread, beta - mean * factor])


def _norm_of(convolution: str) -> str:
    """The batch normalisation that follows a convolution, by name."""
    if convolution == "conv_stem":
        return "bn0"
    if convolution == "conv_head":
        return "bn1"
    block, kind = convolution.rsplit("_", 2)[:2]
    number = ("expand", "depthwise", "project").index(kind)
    return f"{block}_bn{number}"


def load_imagenet(model: Any, archive: Path) -> None:
    """Copy the ImageNet weights of EfficientNet-Lite0 into `model`, all layers but the class head.

    `archive` is an ``.npz`` in PyTorch's order and names (``_blocks.3._expand_conv.weight``); the stem's
    three input channels are summed to one.
    """
    stored = np.load(archive)
    for layer in model.layers:
        if layer.name == "cam" or not layer.weights:
            continue
        prefix = _source_name(layer.name)
        if f"{prefix}.weight" in stored and layer.name.endswith(("conv", "stem", "head")):
            layer.set_weights([_kernel(stored[f"{prefix}.weight"], layer.name)])
        else:
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([stored[f"{prefix}.{part}"].astype(np.float32) for part in parts])


def _source_name(name: str) -> str:
    """Keras layer name -> name in the archive."""
    if name.startswith("blocks_"):
        _, index, rest = name.split("_", 2)
        return f"_blocks.{index}._{rest}"
    return f"_{name}"


def _kernel(values: NDArray[np.float16], name: str) -> NDArray[np.float32]:
    """PyTorch kernel (out, in, h, w) -> Keras kernel; depthwise (c, 1, h, w) -> (h, w, c, 1)."""
    kernel = values.astype(np.float32)
    if name.endswith("depthwise_conv"):
        return kernel.transpose(2, 3, 0, 1)
    kernel = kernel.transpose(2, 3, 1, 0)
    return kernel.sum(axis=2, keepdims=True) if name == "conv_stem" else kernel
