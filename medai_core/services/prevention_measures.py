"""Measures against risk factors, each from a text that was read and is quoted; and what is left out, and why.

Whom a measure is for is data: tests of the questions of `risk_askers`, of published risks ("risk:NAME") and
of `OWN_QUESTIONS`, with the source's words in `eligibility`. Texts were looked up in November 2026; sources
may have changed since.
"""

from typing import Final

from medai_core.services.prevention_sources import (
    ABOVE_130,
    ACTIVITY,
    ADULT,
    ALCOHOL,
    AORTA,
    AVERAGE,
    BONE,
    BREAST,
    COLON,
    COLON_NOT_FOR,
    DIABETES_SCREENING,
    DIET,
    DIET_RISK,
    DRINKING,
    GLUCOSE,
    HYPERTENSION_SCREENING,
    LIPIDS,
    LUNG,
    NO_STRENGTH,
    NOT_PREGNANT,
    OBESITY,
    PCE,
    PRESSURE,
    PRESSURE_2025,
    PREVENT,
    SCREENING,
    SMOKING,
    STATIN,
    STATIN_FACTORS,
    STATIN_WORDS,
    STRONG,
    TOBACCO,
    WEIGHT,
    WHO_ACTIVITY,
    AllOf,
    AnyOf,
    Check,
    LeftOut,
    Measure,
)

MEASURES: Final[tuple[Measure, ...]] = (
    Measure(
        "tobacco_ask", SMOKING, "Ask about tobacco use.",
        "Ask about tobacco use.", "Nonpregnant adults; pregnant persons", "Grade A", TOBACCO,
        "Adults 18 years or older, including pregnant persons", (ADULT,),
    ),
    Measure(
        "tobacco_treat", SMOKING,
        "Advise to stop; offer behavioural counselling and approved pharmacotherapy.",
        "Provide behavioral interventions and pharmacotherapy for cessation to those who use tobacco.",
        "Nonpregnant adults", "Grade A", TOBACCO, "Nonpregnant adults who use tobacco",
        (ADULT, Check("smoker", equals=True), NOT_PREGNANT),
    ),
    Measure(
        "tobacco_pregnant", SMOKING, "Advise to stop; offer behavioural counselling.",
        "Provide behavioral interventions for cessation to those who use tobacco.",
        "Pregnant persons", "Grade A (for pharmacotherapy: I statement, insufficient evidence)", TOBACCO,
        "Pregnant persons who use tobacco",
        (ADULT, Check("smoker", equals=True), Check("sex", equals="female"), Check("pregnant", equals=True)),
    ),
    Measure(
        "pressure_screening", PRESSURE,
        "Measure blood pressure; confirm a raised one outside the clinic before treatment.",
        "The USPSTF recommends screening for hypertension in adults 18 years or older with office blood "
        "pressure measurement.", "Recommendation summary", "Grade A", HYPERTENSION_SCREENING,
        "Adults 18 years or older without known hypertension",
        (ADULT, Check("hypertension", equals=False)),
    ),
    Measure(
        "pressure_lifestyle", PRESSURE,
        "Weight, a heart-healthy eating pattern, less sodium, more dietary potassium, activity, stress, less "
        "or no alcohol.",
        "For all adults, lifestyle changes \u2026 are strongly recommended to prevent or treat elevated "
        "blood "
        "pressure and hypertension.", "Top take-home message 5", STRONG, PRESSURE_2025,
        "elevated blood pressure as 120 to 129 mm Hg systolic and <80 mm Hg diastolic (message 4), and above",
        (
            ADULT,
            AnyOf(
                (
                    Check("systolic_bp", at_least=120), Check("diastolic_bp", at_least=80),
                    Check("hypertension", equals=True),
                )
            ),
        ), AVERAGE,
    ),
    Measure(
        "pressure_drugs", PRESSURE, "Start medication to lower blood pressure, beside lifestyle change.",
        "Initiation of medication therapy to lower blood pressure in addition to lifestyle interventions is "
        "recommended for all adults with average blood pressure \u2265140/90 mm Hg and/or for selected "
        "adults "
        "with average blood pressure \u2265130/80 mm Hg", "Top take-home message 6",
        f"\u201crecommended\u201d (class {NO_STRENGTH})", PRESSURE_2025,
        "average \u2265140/90 mm Hg, or \u2265130/80 mm Hg and \u201cclinical CVD, previous stroke, "
        "diabetes, "
        "chronic kidney disease, or increased 10-year predicted cardiovascular risk of \u22657.5% defined by "
        "PREVENT\u201d",
        (
            ADULT, Check("bp_treated", equals=False),
            AnyOf(
                (
                    Check("systolic_bp", at_least=140), Check("diastolic_bp", at_least=90),
                    AllOf(
                        (
                            ABOVE_130,
                            AnyOf(
                                (
                                    Check("prior_cvd", equals=True), Check("stroke", equals=True),
                                    Check("diabetes", equals=True), Check(PREVENT, at_least=0.075),
                                )
                            ),
                        )
                    ),
                )
            ),
        ), f"{AVERAGE} Chronic kidney disease is not judged here.",
    ),
    Measure(
        "pressure_drugs_later", PRESSURE,
        "Start medication where blood pressure stays at or above 130/80 mm Hg after lifestyle change.",
        "initiation of medication therapy to lower blood pressure is recommended if average blood pressure "
        "remains \u2265130/80 mm Hg after an initial 3- to 6-month trial of lifestyle modification.",
        "Top take-home message 7", f"\u201crecommended\u201d (class {NO_STRENGTH})", PRESSURE_2025,
        "adults with average blood pressure \u2265130/80 mm Hg and at lower 10-year cardiovascular disease "
        "risk defined by PREVENT of <7.5%",
        (
            ADULT, Check("bp_treated", equals=False), ABOVE_130, Check(PREVENT, below=0.075),
            Check("lifestyle_months", equals="3 or more"),
        ), AVERAGE,
    ),
    Measure(
        "statin", LIPIDS, "Prescribe a statin for primary prevention.",
        "statin use for the prevention of CVD events and all-cause mortality in adults aged 40 to 75 years "
        "\u2026 and an estimated 10-year CVD event risk of 10% or greater has at least a moderate net "
        "benefit.",
        "Rationale, first part",
        "moderate certainty of \u201cat least a moderate net benefit\u201d (the grade's letter was not read)",
        STATIN, f"{STATIN_WORDS} and an estimated 10-year CVD event risk of 10% or greater",
        (
            Check("age", at_least=40, below=76), Check("prior_cvd", equals=False),
            Check("statin", equals=False),
            Check(PCE, at_least=0.1), STATIN_FACTORS,
        ), "Signs or symptoms of cardiovascular disease.",
    ),
    Measure(
        "statin_selective", LIPIDS, "Decide together about a statin.",
        "The decision to initiate therapy should depend on individual patient preference",
        "Rationale, second part",
        "moderate certainty of \u201cat least a small net benefit\u201d (the grade's letter was not read)",
        STATIN, f"{STATIN_WORDS} and an estimated 10-year CVD event risk of 7.5% to less than 10%",
        (
            Check("age", at_least=40, below=76), Check("prior_cvd", equals=False),
            Check("statin", equals=False),
            Check(PCE, at_least=0.075, below=0.1), STATIN_FACTORS,
        ), "Signs or symptoms of cardiovascular disease.",
    ),
    Measure(
        "statin_old", LIPIDS, "No recommendation for or against starting a statin.",
        "the evidence is insufficient to determine the balance of benefits and harms of statin use for the "
        "primary prevention of CVD events and mortality in adults 76 years or older with no history of CVD.",
        "Rationale, third part", "insufficient evidence", STATIN,
        "adults 76 years or older with no history of CVD",
        (Check("age", at_least=76), Check("prior_cvd", equals=False), Check("statin", equals=False)),
    ),
    Measure(
        "diabetes_screening", GLUCOSE,
        "Screen for prediabetes and type 2 diabetes; offer preventive interventions in prediabetes.",
        "Screen for prediabetes and type 2 diabetes, and offer or refer patients with prediabetes to "
        "effective preventive interventions.", "Clinical summary", "Grade B", DIABETES_SCREENING,
        "Nonpregnant adults aged 35 to 70 years who have overweight or obesity and no symptoms of diabetes; "
        "overweight and obesity are defined as a BMI \u226525 and \u226530",
        (
            Check("age", at_least=35, below=71), Check("bmi", at_least=25), Check("diabetes", equals=False),
            NOT_PREGNANT,
        ), "People with symptoms of diabetes. The source considers an earlier start or a lower BMI in some "
        "populations.",
    ),
    Measure(
        "obesity", WEIGHT, "Offer or refer to an intensive behavioural programme of several components.",
        "offer or refer adults with a body mass index (BMI) of 30 or higher \u2026 to intensive, "
        "multicomponent behavioral interventions.", "Recommendation summary", "Grade B", OBESITY,
        "Adults with a BMI \u226530", (ADULT, Check("bmi", at_least=30)),
    ),
    Measure(
        "activity", ACTIVITY, "150 to 300 minutes of activity of moderate intensity a week, or the like.",
        "All adults should undertake 150\u2013300 min of moderate-intensity, or 75\u2013150 min of "
        "vigorous-intensity physical activity, or some equivalent combination \u2026 per week.",
        "Adults", NO_STRENGTH, WHO_ACTIVITY, "All adults", (ADULT, Check("active_enough", equals=False)),
    ),
    Measure(
        "diet_with_risk", ACTIVITY, "Offer or refer to counselling on diet and physical activity.",
        "The USPSTF recommends offering or referring adults with cardiovascular disease (CVD) risk factors "
        "to "
        "behavioral counseling interventions to promote a healthy diet and physical activity.",
        "Summary of recommendation", "Grade B", DIET_RISK,
        "Adults 18 years or older with 1 or more of: hypertension or elevated blood pressure, dyslipidemia, "
        "mixed or multiple risk factors such as \u2026 an estimated 10-year CVD risk of \u22657.5%",
        (
            ADULT,
            AnyOf(
                (
                    Check("hypertension", equals=True), Check("dyslipidaemia", equals=True),
                    Check(PCE, at_least=0.075),
                )
            ),
            Check("smoker", equals=False), Check("diabetes", equals=False), Check("bmi", below=30),
        ), "The source leaves abnormal blood glucose, obesity and smoking to its other recommendations.",
    ),
    Measure(
        "diet_without_risk", ACTIVITY, "Decide individually about counselling on diet and activity.",
        "individualize the decision to offer or refer adults without cardiovascular disease risk factors to "
        "behavioral counseling interventions to promote a healthy diet and physical activity.",
        "Recommendation summary", "Grade C", DIET,
        "adults 18 years or older without known CVD risk factors, which include hypertension or elevated "
        "blood pressure, dyslipidemia, impaired fasting glucose or glucose tolerance, or \u2026 an estimated "
        "10-year CVD risk of 7.5% or greater",
        (
            ADULT, Check("hypertension", equals=False), Check("systolic_bp", below=120),
            Check("dyslipidaemia", equals=False), Check("diabetes", equals=False), Check(PCE, below=0.075),
        ),
    ),
    Measure(
        "alcohol_screening", ALCOHOL, "Screen for unhealthy alcohol use.",
        "The USPSTF recommends screening for unhealthy alcohol use in primary care settings in adults 18 "
        "years or older", "Recommendation summary", "Grade B", DRINKING,
        "Adults 18 years or older, including pregnant women", (ADULT,),
    ),
    Measure(
        "alcohol_counselling", ALCOHOL, "Offer brief counselling to drink less.",
        "providing persons engaged in risky or hazardous drinking with brief behavioral counseling "
        "interventions to reduce unhealthy alcohol use.", "Recommendation summary", "Grade B", DRINKING,
        "persons engaged in risky or hazardous drinking",
        (ADULT, Check("drinks_riskily", equals=True)),
    ),
    Measure(
        "colorectal", SCREENING, "Screen for colorectal cancer.",
        "Screen all adults aged 50 to 75 years for colorectal cancer.", "Adults aged 50 to 75 years",
        "Grade A",
        COLON, "Adults 45 years and older who do not have signs or symptoms \u2026 and who are at average "
        "risk",
        (Check("age", at_least=50, below=76),), COLON_NOT_FOR,
    ),
    Measure(
        "colorectal_early", SCREENING, "Screen for colorectal cancer.",
        "Screen adults aged 45 to 49 years for colorectal cancer.", "Adults aged 45 to 49 years", "Grade B",
        COLON, "Adults 45 years and older who do not have signs or symptoms \u2026 and who are at average "
        "risk",
        (Check("age", at_least=45, below=50),), COLON_NOT_FOR,
    ),
    Measure(
        "colorectal_late", SCREENING, "Decide individually about screening for colorectal cancer.",
        "Selectively screen adults aged 76 to 85 years for colorectal cancer, considering the patient's "
        "overall health, prior screening history, and patient's preferences.",
        "Adults aged 76 to 85 years", "Grade C", COLON,
        "Adults 45 years and older who do not have signs or symptoms \u2026 and who are at average risk",
        (Check("age", at_least=76, below=86),), COLON_NOT_FOR,
    ),
    Measure(
        "breast", SCREENING, "Mammography every two years.",
        "The USPSTF recommends biennial screening mammography.", "Women aged 40 to 74 years", "Grade B",
        BREAST, "cisgender women and all other persons assigned female at birth \u2026 at average risk",
        (Check("sex", equals="female"), Check("age", at_least=40, below=75)),
        "A genetic marker or syndrome with a high risk, high-dose radiation to the chest at a young age, "
        "previous breast cancer or a high-risk lesion.",
    ),
    Measure(
        "breast_late", SCREENING, "No recommendation for or against mammography.",
        "The current evidence is insufficient to assess the balance of benefits and harms of screening "
        "mammography in women 75 years or older.", "Women 75 years or older", "I statement", BREAST,
        "women 75 years or older", (Check("sex", equals="female"), Check("age", at_least=75)),
    ),
    Measure(
        "bone", SCREENING, "Screen for osteoporosis.",
        "The USPSTF recommends screening for osteoporosis to prevent osteoporotic fractures in women 65 "
        "years "
        "or older.", "Recommendation, first part", "Grade B", BONE,
        "Adults 40 years or older without known osteoporosis or history of fragility fractures",
        (Check("sex", equals="female"), Check("age", at_least=65)),
        "Known osteoporosis, or a fragility fracture.",
    ),
    Measure(
        "lung", SCREENING, "Low-dose CT of the chest every year.",
        "The USPSTF recommends annual screening for lung cancer with low-dose computed tomography (LDCT)",
        "Recommendation summary", "Grade B", LUNG,
        "adults aged 50 to 80 years who have a 20 pack-year smoking history and currently smoke or have quit "
        "within the past 15 years",
        (
            Check("age", at_least=50, below=81), Check("pack_years", at_least=20),
            AnyOf((Check("smoker", equals=True), Check("quit_years", at_most=15))),
        ), "A health problem that substantially limits life expectancy or the ability or willingness to have "
        "curative lung surgery.",
    ),
    Measure(
        "aorta", SCREENING, "One ultrasound examination of the abdominal aorta.",
        "The USPSTF concludes with moderate certainty that screening for AAA in men aged 65 to 75 years who "
        "have ever smoked is of moderate net benefit", "Rationale, first part",
        "moderate certainty of a moderate net benefit (the grade's letter was not read)", AORTA,
        "men aged 65 to 75 years who have ever smoked",
        (
            Check("sex", equals="male"), Check("age", at_least=65, below=76),
            AnyOf((Check("smoker", equals=True), Check("ever_smoked", equals=True))),
        ),
    ),
)  # fmt: skip

LEFT_OUT: Final[tuple[LeftOut, ...]] = (
    LeftOut("LDL cholesterol targets (ESC/EAS, ACC/AHA)", "their texts were not found to be read"),
    LeftOut("HbA1c targets and drugs in diabetes (ADA Standards of Care)",
    "its text was not found to be read"),
    LeftOut(
        "Hypertension by NICE (NG136)",
        "its numbered recommendations were not found to be read; a summary in the BMJ gives no numbers",
    ),
    LeftOut(
        "Cervical cancer screening (USPSTF)",
        "the statement with its grades was not found to be read, and an update was announced",
    ),
    LeftOut("Screening men for abdominal aortic aneurysm who never smoked",
    "the decision is individual; only "
            "the certainty of a small net benefit was read"),
    LeftOut("Osteoporosis in younger women after menopause",
    "it needs a clinical risk tool that is not shipped"),
    LeftOut("Aspirin, vaccines, prostate cancer, infections, depression, falls",
    "no text on them was looked for"),
    LeftOut("Air quality and other surroundings", "records hold no value that a guideline of these asks for"),
)  # fmt: skip
