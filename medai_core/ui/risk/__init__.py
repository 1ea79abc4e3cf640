"""The Risk page in parts: inputs, answers side by side, and panels that look closer.

A panel about one answer is a module with ``draw(estimate: RiskEstimate, *, key: str) -> None``: `why`,
`what_if`, `worth`, `survival`. `key` begins every key of its widgets, and is the patient's. It asks
`require_user` first and answers anew from `estimate.values`, by the keys and in the units of
`estimate.inputs`. `prevention` is about the person: ``draw(assessment: Assessment, *, key: str) -> None``.
"""
