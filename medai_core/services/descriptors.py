"""What the viewer must know of one image to show it as the standard says: plain JSON, no patient text."""

from typing import Any

from medai_core.domain.imaging import GrayscalePipeline, LookupTable, ScanHeader, Window

Descriptor = dict[str, Any]


def descriptor(
    image_id: str,
    header: ScanHeader,
    pipeline: GrayscalePipeline,
    *,
    dtype: str,
    series_id: str = "",
    virtual: bool = False,
) -> Descriptor:
    """Geometry, grey-scale pipeline and marks of one image; `dtype` is that of its stored values.

    The pixels themselves come from ``url`` + frame number, as little-endian values of `dtype`.
    """
    return {
        "id": image_id,
        "url": f"/pixels/{image_id}/",
        "series": series_id or image_id,
        "rows": header.rows,
        "columns": header.columns,
        "frames": header.frames,
        "samples": header.samples_per_pixel,
        "dtype": dtype,
        **_grayscale(pipeline),
        "spacing": {
            "row_mm": header.spacing.row_mm,
            "column_mm": header.spacing.column_mm,
            "kind": header.spacing.kind.value,
        },
        "lossy": header.lossy,
        "lossy_ratio": header.lossy_ratio,
        "frame_time_ms": header.frame_time_ms,
        "laterality": header.laterality,
        "modality": header.modality,
        "view": header.view_position,
        "orientation": list(header.patient_orientation),
        "label": series_label(header),
        "study_label": "current",
        "virtual": virtual,
    }


def series_label(header: ScanHeader) -> str:
    """A series in words: its description, else modality, part and view."""
    words = (header.modality, header.body_part.lower(), header.view_position)
    return header.series_description or " ".join(word for word in words if word) or "image"


def _grayscale(pipeline: GrayscalePipeline) -> Descriptor:
    return {
        "slope": pipeline.rescale_slope,
        "intercept": pipeline.rescale_intercept,
        "modality_lut": _table(pipeline.modality_lut) if pipeline.modality_lut else None,
        "windows": [_window(window) for window in pipeline.windows],
        "default_window": _window(pipeline.default_window),
        "voi_luts": [_table(table) for table in pipeline.voi_luts],
        "inverted": pipeline.inverted,
        "padding": _padding(pipeline),
    }


def _window(window: Window) -> Descriptor:
    return {
        "center": window.center,
        "width": window.width,
        "function": window.function.value,
        "explanation": window.explanation,
    }


def _table(table: LookupTable) -> Descriptor:
    return {
        "first": table.first,
        "values": list(table.values),
        "bits": table.bits,
        "explanation": table.explanation,
    }


def _padding(pipeline: GrayscalePipeline) -> list[int] | None:
    """Pixel Padding Value and Range Limit (PS3.3, C.7.5.1.1.2), lower bound first."""
    if pipeline.padding_value is None:
        return None
    limit = pipeline.padding_value if pipeline.padding_limit is None else pipeline.padding_limit
    return sorted((pipeline.padding_value, limit))
