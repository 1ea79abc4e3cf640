"""Vital signs and laboratory values: names, LOINC, and the UCUM unit that a written unit stands for."""

from typing import Final

# code | display | names | units that fit (UCUM); a line without code has no certain one
VITALS: Final = """
8867-4|Heart rate|heart rate; pulse rate; pulse; hr; p|/min
9279-1|Respiratory rate|respiratory rate; respirations; respiration; resp rate; resp; rr; r|/min
8310-5|Body temperature|temperature; temp; tmax; t max; t-max; t|Cel [degF]
59408-5|Oxygen saturation in Arterial blood by Pulse oximetry|spo2; pulse oximetry; pulse ox;\
 oxygen saturation; oxygen saturations; o2 saturation; o2 saturations; o2 sat; o2 sats; sao2; saturation;\
 saturations; sats; sat|%
29463-7|Body weight|weight; wt; body weight|kg [lb_av] g
8302-2|Body height|height; ht; body height|cm m [in_i]
39156-5|Body mass index (BMI) [Ratio]|bmi; body mass index|kg/m2
"""

LABS: Final = """
2951-2|Sodium [Moles/volume] in Serum or Plasma|sodium; na|meq/L mmol/L
2823-3|Potassium [Moles/volume] in Serum or Plasma|potassium; k|meq/L mmol/L
2075-0|Chloride [Moles/volume] in Serum or Plasma|chloride; cl|meq/L mmol/L
2028-9|Carbon dioxide, total [Moles/volume] in Serum or Plasma|co2; carbon dioxide; total co2|meq/L mmol/L
1963-8|Bicarbonate [Moles/volume] in Serum or Plasma|bicarbonate; bicarb; hco3|meq/L mmol/L
3094-0|Urea nitrogen [Mass/volume] in Serum or Plasma|bun; blood urea nitrogen; urea nitrogen|mg/dL mmol/L
2160-0|Creatinine [Mass/volume] in Serum or Plasma|creatinine; creat; cr; serum creatinine|mg/dL umol/L
2345-7|Glucose [Mass/volume] in Serum or Plasma|glucose; blood glucose; blood sugar; fingerstick glucose;\
 fasting glucose; accu-chek|mg/dL mmol/L
17861-6|Calcium [Mass/volume] in Serum or Plasma|calcium; ca|mg/dL mmol/L
19123-9|Magnesium [Mass/volume] in Serum or Plasma|magnesium; mg; mag|mg/dL meq/L mmol/L
2777-1|Phosphate [Mass/volume] in Serum or Plasma|phosphorus; phosphate; phos|mg/dL mmol/L
6690-2|Leukocytes [#/volume] in Blood by Automated count|wbc; wbcs; white blood cell count; white count;\
 white cell count; white blood cells; white blood count; leukocytes|10*3/uL /uL
789-8|Erythrocytes [#/volume] in Blood by Automated count|rbc; red blood cell count|10*6/uL
718-7|Hemoglobin [Mass/volume] in Blood|hemoglobin; haemoglobin; hgb; hb|g/dL g/L
4544-3|Hematocrit [Volume Fraction] of Blood by Automated count|hematocrit; haematocrit; hct; crit|%
777-3|Platelets [#/volume] in Blood by Automated count|platelet count; platelets; plt; plts|10*3/uL /uL
787-2|MCV [Entitic mean volume] in Red Blood Cells by Automated count|mcv|fL
6301-6|INR in Platelet poor plasma by Coagulation assay|inr|{INR}
5902-2|Prothrombin time (PT)|prothrombin time; pt|s
14979-9|aPTT in Platelet poor plasma by Coagulation assay|ptt; aptt; partial thromboplastin time|s
1920-8|Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma|ast; sgot|U/L
1742-6|Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma|alt; sgpt|U/L
6768-6|Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma|alkaline phosphatase;\
 alk phos; alp|U/L
1975-2|Bilirubin.total [Mass/volume] in Serum or Plasma|total bilirubin; bilirubin; bili; t bili; t. bili|\
mg/dL umol/L
1968-7|Bilirubin.direct [Mass/volume] in Serum or Plasma|direct bilirubin|mg/dL umol/L
1751-7|Albumin [Mass/volume] in Serum or Plasma|albumin|g/dL g/L
2885-2|Protein [Mass/volume] in Serum or Plasma|total protein|g/dL g/L
10839-9|Troponin I.cardiac [Mass/volume] in Serum or Plasma|troponin i|ng/mL ng/L
6598-7|Troponin T.cardiac [Mass/volume] in Serum or Plasma|troponin t|ng/mL ng/L
|Troponin|troponin; troponins|ng/mL ng/L
30934-4|Natriuretic peptide B [Mass/volume] in Serum or Plasma|bnp|pg/mL
33762-6|Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma|nt-probnp; pro-bnp;\
 probnp|pg/mL
2157-6|Creatine kinase [Enzymatic activity/volume] in Serum or Plasma|creatine kinase; ck; cpk|U/L
13969-1|Creatine kinase.MB [Mass/volume] in Serum or Plasma|ck-mb; ckmb|ng/mL
2532-0|Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma|ldh; lactate dehydrogenase|U/L
1798-8|Amylase [Enzymatic activity/volume] in Serum or Plasma|amylase|U/L
3040-3|Lipase [Enzymatic activity/volume] in Serum or Plasma|lipase|U/L
3016-3|Thyrotropin [Units/volume] in Serum or Plasma|tsh|m[IU]/L u[IU]/mL
3024-7|Thyroxine (T4) free [Mass/volume] in Serum or Plasma|free t4|ng/dL
4548-4|Hemoglobin A1c/Hemoglobin.total in Blood|hemoglobin a1c; hba1c; hgb a1c; a1c;\
 glycosylated hemoglobin|%
2093-3|Cholesterol [Mass/volume] in Serum or Plasma|total cholesterol; cholesterol|mg/dL mmol/L
2085-9|Cholesterol in HDL [Mass/volume] in Serum or Plasma|hdl cholesterol; hdl|mg/dL mmol/L
2089-1|Cholesterol in LDL [Mass/volume] in Serum or Plasma|ldl cholesterol; ldl|mg/dL mmol/L
2571-8|Triglyceride [Mass/volume] in Serum or Plasma|triglycerides; triglyceride|mg/dL mmol/L
1988-5|C reactive protein [Mass/volume] in Serum or Plasma|c-reactive protein; crp|mg/L mg/dL
4537-7|Erythrocyte sedimentation rate by Westergren method|sedimentation rate; sed rate; esr|mm/h
2524-7|Lactate [Moles/volume] in Serum or Plasma|lactate; lactic acid|mmol/L
2276-4|Ferritin [Mass/volume] in Serum or Plasma|ferritin|ng/mL
2132-9|Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma|vitamin b12 level; b12 level|pg/mL
3084-1|Urate [Mass/volume] in Serum or Plasma|uric acid|mg/dL
2857-1|Prostate specific Ag [Mass/volume] in Serum or Plasma|psa|ng/mL
2744-1|pH of Arterial blood|ph|
2019-8|Carbon dioxide [Partial pressure] in Arterial blood|pco2|mm[Hg]
2703-7|Oxygen [Partial pressure] in Arterial blood|po2|mm[Hg]
|D-dimer|d-dimer|ng/mL
|Anion gap|anion gap|meq/L
"""

UNITS: Final = """
/min: beats per minute; beats/min; beats/minute; bpm; per minute; /min; /minute; breaths per minute;\
 breaths/min; beats a minute; a minute
%: %; percent; per cent
Cel: degrees celsius; degrees c; deg c; °c; ° c; celsius; c
[degF]: degrees fahrenheit; degrees f; deg f; °f; ° f; fahrenheit; f; degrees
kg: kg; kgs; kilograms; kilogram; kilos; kilo
[lb_av]: lb; lbs; pounds; pound; #
g: g; grams; gm
cm: cm; centimeters; centimeter
m: m; meters; meter
[in_i]: inches; inch; in; "
kg/m2: kg/m2; kg/m²; kg/m^2
meq/L: meq/l; meq
mmol/L: mmol/l; mmol
mg/dL: mg/dl; mg%; mg per deciliter; mg/100 ml; mg
umol/L: umol/l; µmol/l; μmol/l; micromol/l
10*3/uL: k/ul; k/mm3; x10^3/ul; 10^3/ul; x 10^3; thousand; k; x10^9/l; x 10^9/l; 10^9/l; thou/ul; k/mcl
10*6/uL: m/ul; million; x10^12/l
/uL: /ul; /mm3; /cumm; cells/ul
g/dL: g/dl; gm/dl; grams; g; gm; gm%; g%; grams per deciliter
g/L: g/l
fL: fl
s: seconds; sec; secs; s
U/L: u/l; iu/l; units/l; units; u
ng/mL: ng/ml; ug/l; ng
ng/L: ng/l
pg/mL: pg/ml; pg
mg/L: mg/l
mm/h: mm/hr; mm/h; mm
m[IU]/L: miu/l; mu/l
u[IU]/mL: uiu/ml; µiu/ml; uu/ml
ng/dL: ng/dl
mm[Hg]: mmhg; mm hg; torr
"""
