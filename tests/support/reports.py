"""One complete report content, from which tests make their variants."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from PIL import Image, ImageDraw

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.reading import Reading, Verdict
from medai_core.services.reporting import ReportContent, SeriesFacts

PREDICTION = Prediction(
    model="paediatric_pneumonia",
    version="1.0.0",
    weights_digest="3f" * 32,
    input_digest="a9" * 32,
    refused=None,
    findings=(
        Finding("pneumonia", 0.874, 0.79, 0.931, 0.37),
        Finding("bacterial", 0.62, 0.48, 0.74, 0.41),
        Finding("viral", 0.004, 0.0, 0.03, 0.52),
    ),
    cautions=("The view is absent from the header; the model was made for AP and PA films.",),
)


def make_reading(**changes: Any) -> Reading:
    """A signed reading; `changes` replace its fields."""
    reading = Reading(
        id="rd_5pQ2kX9vT0aLmN3cYw",
        study_id="st_1",
        image_id="im_1",
        author_id="ac_1",
        author_name="Dr. Zoë Müller-Łukasiewicz",
        first_impression="Patchy opacity in the right lower zone. No effusion seen.",
        saw_model_first=False,
        report=(
            "Frontal film of adequate inspiration.\n\nRight lower zone opacity with air bronchograms; "
            "the heart border is kept. No pleural effusion, no pneumothorax.\n\n"
            "Impression: the film suggests right lower lobe pneumonia."
        ),
        comment="The heat map lies over the opacity.",
        verdict=Verdict.PARTLY,
        prediction=PREDICTION,
        prediction_id="pr_1",
        addendum_to=None,
        created_at=datetime(2026, 11, 21, 7, 50, tzinfo=UTC),
        updated_at=datetime(2026, 11, 21, 8, 2, tzinfo=UTC),
        signed_at=datetime(2026, 11, 21, 9, 5, tzinfo=timezone(timedelta(hours=1))),
        content_digest="c0" * 32,
    )
    return replace(reading, **changes)


def key_image(width: int = 1500, height: int = 1200) -> bytes:
    """A picture with marks, as a PNG."""
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    for row in range(0, height, 2):
        draw.line((0, row, width, row), fill=int(20 + 180 * row / height), width=2)
    draw.ellipse((width * 0.2, height * 0.2, width * 0.45, height * 0.8), fill=40)
    draw.ellipse((width * 0.55, height * 0.2, width * 0.8, height * 0.8), fill=40)
    draw.rectangle((width * 0.6, height * 0.5, width * 0.75, height * 0.7), outline=255, width=6)
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def make_content(**changes: Any) -> ReportContent:
    """A signed report with everything in it; `changes` replace its fields."""
    content = ReportContent(
        patient=PatientIdentity(
            identifier="PID-0047-11",
            issuer="CLINIC A",
            name=PersonName("Yamada Tarou", "山田 太郎", "やまだ たろう"),
            birth_date=date(2022, 3, 4),
            sex="M",
        ),
        reading=make_reading(),
        printed_at=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
        modality="DX",
        study_description="Chest PA",
        study_date=date(2026, 11, 20),
        study_time=time(16, 42),
        study_uid="1.2.826.0.1.3680043.8.498.1234567890",
        accession_number="ACC-991",
        age_years=4.7,
        series=(SeriesFacts("PA erect", "DX", "PA", "CHEST", "", 1),),
        key_image=key_image(),
        model_title="Pneumonia on chest films of children",
        institution="Clinic A, Radiology",
        printed_by="zoe",
    )
    return replace(content, **changes)
