"""Problems and symptoms as notes name them, with their ICD-10-CM codes; a line is ``code: names``.

Names are in small letters; abbreviations that are words of their own too ("pe", "ms", "all") stand in
capitals and are found in capitals only. A test holds every code against the table of the package that
ships ICD-10-CM.
"""

from typing import Final

PROBLEMS: Final = """
I10: hypertension; high blood pressure; htn; hypertensive disease; arterial hypertension;\
 essential hypertension; elevated blood pressure
I95.9: hypotension; low blood pressure; hypotensive
I25.10: coronary artery disease; coronary disease; CAD; ischemic heart disease; coronary atherosclerosis;\
 ASCVD
I21.9: myocardial infarction; heart attack; acute myocardial infarction; MI; AMI
I21.4: nstemi; non-st elevation myocardial infarction
I21.3: stemi; st elevation myocardial infarction
I20.9: angina; angina pectoris; anginal chest pain
I20.0: unstable angina
I50.9: heart failure; congestive heart failure; CHF; cardiac failure
I48.91: atrial fibrillation; afib; a-fib; a fib; AF
I48.92: atrial flutter
I47.10: supraventricular tachycardia; SVT
I47.20: ventricular tachycardia
I49.9: arrhythmia; cardiac arrhythmia; dysrhythmia
I49.01: ventricular fibrillation
R00.0: tachycardia; sinus tachycardia; tachycardic
R00.1: bradycardia; sinus bradycardia; bradycardic
R00.2: palpitations; palpitation
R01.1: heart murmur; cardiac murmur; murmur; murmurs
I34.0: mitral regurgitation; mitral valve regurgitation; mitral insufficiency
I35.0: aortic stenosis
I35.1: aortic regurgitation; aortic insufficiency
I36.1: tricuspid regurgitation
I34.1: mitral valve prolapse
I42.9: cardiomyopathy
I51.7: cardiomegaly; enlarged heart; left ventricular hypertrophy; LVH
I31.39: pericardial effusion
I46.9: cardiac arrest
I71.40: abdominal aortic aneurysm; AAA
I73.9: peripheral vascular disease; peripheral arterial disease; PVD; PAD; claudication
I82.409: deep venous thrombosis; deep vein thrombosis; DVT; DVTs
I26.99: pulmonary embolism; pulmonary emboli; pulmonary embolus; PE
I63.9: stroke; cerebrovascular accident; CVA; cerebral infarction; ischemic stroke
G45.9: transient ischemic attack; TIA; TIAs
I61.9: intracerebral hemorrhage; cerebral hemorrhage
I62.9: intracranial hemorrhage; intracranial bleed
I60.9: subarachnoid hemorrhage
I65.29: carotid stenosis; carotid artery stenosis
I83.90: varicose veins
I87.2: venous insufficiency
K64.9: hemorrhoids; haemorrhoids
E78.5: hyperlipidemia; dyslipidemia; hyperlipidaemia; HLD
E78.00: hypercholesterolemia; high cholesterol; elevated cholesterol
E78.1: hypertriglyceridemia
E11.9: type 2 diabetes; type 2 diabetes mellitus; type ii diabetes; type ii diabetes mellitus;\
 diabetes mellitus type 2; diabetes mellitus type ii; diabetes mellitus, type 2;\
 non-insulin-dependent diabetes; niddm; dm2; t2dm; diabetes; diabetes mellitus; diabetic; DM
E10.9: type 1 diabetes; type 1 diabetes mellitus; type i diabetes; type i diabetes mellitus;\
 insulin-dependent diabetes; iddm; t1dm
E10.10: DKA; diabetic ketoacidosis
E16.2: hypoglycemia
R73.9: hyperglycemia
R73.03: prediabetes; pre-diabetes
E03.9: hypothyroidism; hypothyroid; underactive thyroid
E05.90: hyperthyroidism; thyrotoxicosis
E04.1: thyroid nodule
E04.9: goiter
E66.9: obesity; obese
E66.01: morbid obesity; morbidly obese
E86.0: dehydration; dehydrated
E87.1: hyponatremia
E87.0: hypernatremia
E87.6: hypokalemia
E87.5: hyperkalemia
E83.52: hypercalcemia
E83.51: hypocalcemia
E87.20: acidosis; metabolic acidosis
E46: malnutrition
E55.9: vitamin d deficiency
E53.8: vitamin b12 deficiency; b12 deficiency
M10.9: gout
J18.9: pneumonia; pneumonias
J69.0: aspiration pneumonia
J44.9: copd; chronic obstructive pulmonary disease
J44.1: copd exacerbation
J43.9: emphysema
J45.909: asthma; asthmatic; reactive airway disease
J45.901: asthma exacerbation
J40: bronchitis
J20.9: acute bronchitis
J06.9: upper respiratory infection; upper respiratory tract infection; URI
J00: common cold; cold symptoms
J02.9: pharyngitis; sore throat
J03.90: tonsillitis
J01.90: acute sinusitis
J32.9: sinusitis; chronic sinusitis
J30.9: allergic rhinitis; hay fever; seasonal allergies
J11.1: influenza; flu
U07.1: covid-19; covid
J90: pleural effusion; pleural effusions
J93.9: pneumothorax; pneumothoraces
J98.11: atelectasis; atelectatic changes
J81.0: pulmonary edema; acute pulmonary edema
J96.90: respiratory failure
J96.00: acute respiratory failure
J80: ards; acute respiratory distress syndrome
J84.10: pulmonary fibrosis; interstitial fibrosis
I27.20: pulmonary hypertension
G47.33: obstructive sleep apnea; OSA
G47.30: sleep apnea
R06.02: shortness of breath; sob; short of breath; difficulty breathing
R06.00: dyspnea; dyspnoea
R06.09: dyspnea on exertion; DOE
R06.01: orthopnea
R06.2: wheezing; wheeze; wheezes
R06.03: respiratory distress; acute respiratory distress
R09.02: hypoxia; hypoxemia
R05.9: cough; coughing
R05.3: chronic cough
R04.2: hemoptysis
R04.0: epistaxis; nosebleed; nosebleeds; nose bleed
R07.9: chest pain; chest pains; chest discomfort
R07.89: chest tightness; chest wall pain; chest pressure
R07.1: pleuritic chest pain
R91.1: pulmonary nodule; lung nodule; solitary pulmonary nodule
R91.8: pulmonary nodules; lung nodules; pulmonary infiltrate; infiltrate; infiltrates; lung mass;\
 pulmonary mass
R50.9: fever; fevers; febrile; pyrexia
R68.83: chills
R61: night sweats; diaphoresis; diaphoretic
R53.83: fatigue; lethargy; tiredness
R53.1: weakness; generalized weakness
R53.81: malaise
R63.4: weight loss
R63.5: weight gain
R63.0: anorexia; loss of appetite; poor appetite; decreased appetite
R42: dizziness; lightheadedness; vertigo; light-headedness; dizzy
R55: syncope; syncopal episode; syncopal episodes; fainting; loss of consciousness
R51.9: headache; headaches; cephalgia
G43.909: migraine; migraines; migraine headache; migraine headaches
R56.9: seizure; seizures; convulsions
G40.909: epilepsy; seizure disorder
R41.0: confusion; disorientation
R41.82: altered mental status; mental status changes; mental status change
R41.3: memory loss; amnesia
F03.90: dementia
G30.9: alzheimer disease; alzheimer's disease; alzheimers disease; alzheimer's dementia
G20.A1: parkinson disease; parkinson's disease
G35.D: multiple sclerosis
G62.9: neuropathy; peripheral neuropathy; polyneuropathy
G56.00: carpal tunnel syndrome
R20.0: numbness
R20.2: paresthesia; paresthesias; paraesthesias; tingling; pins and needles
R25.1: tremor; tremors
R26.9: gait abnormality; abnormal gait
R27.0: ataxia
R29.6: repeated falls; frequent falls
R47.01: aphasia
R47.1: dysarthria; slurred speech
R13.10: dysphagia; difficulty swallowing; trouble swallowing
R11.0: nausea
R11.10: vomiting; emesis
R11.2: nausea and vomiting; nausea, vomiting; nausea with vomiting
R10.9: abdominal pain; abdominal discomfort; belly pain
R10.13: epigastric pain
R10.84: generalized abdominal pain
R12: heartburn
R14.0: abdominal distention; abdominal distension; bloating
R19.7: diarrhea; diarrhoea; loose stools
K59.00: constipation
K92.2: gastrointestinal bleeding; gi bleed; gi bleeding; gastrointestinal bleed; gastrointestinal hemorrhage
K92.0: hematemesis; coffee-ground emesis
K92.1: melena; black stools; tarry stools
K62.5: rectal bleeding; bright red blood per rectum; BRBPR
K21.9: gastroesophageal reflux disease; gastroesophageal reflux; gerd; acid reflux; reflux
K20.90: esophagitis
K29.70: gastritis
K27.9: peptic ulcer disease; peptic ulcer; PUD
K25.9: gastric ulcer
K26.9: duodenal ulcer
K44.9: hiatal hernia
K40.90: inguinal hernia
K42.9: umbilical hernia
K43.9: ventral hernia
K35.80: acute appendicitis
K37: appendicitis
K80.20: cholelithiasis; gallstones; gallbladder stones
K81.9: cholecystitis
K81.0: acute cholecystitis
K85.90: acute pancreatitis; pancreatitis
K86.1: chronic pancreatitis
K57.90: diverticulosis
K57.92: diverticulitis
K58.9: irritable bowel syndrome; IBS
K50.90: crohn's disease; crohn disease
K51.90: ulcerative colitis
K52.9: gastroenteritis; colitis
K56.609: small bowel obstruction; bowel obstruction; intestinal obstruction; SBO
K63.5: colon polyp; colon polyps; colonic polyps; polyp of colon
K74.60: cirrhosis; liver cirrhosis
K76.0: fatty liver; hepatic steatosis
K75.9: hepatitis
B19.10: hepatitis b
B19.20: hepatitis c
B15.9: hepatitis a
R17: jaundice; jaundiced
R18.8: ascites
R16.0: hepatomegaly
R16.1: splenomegaly
R16.2: hepatosplenomegaly
N39.0: urinary tract infection; UTI; UTIs
N10: pyelonephritis
N20.0: kidney stone; kidney stones; nephrolithiasis; renal calculus; renal stones; renal calculi
N18.9: chronic kidney disease; chronic renal insufficiency; chronic renal failure; CKD
N18.6: end-stage renal disease; end stage renal disease; ESRD
N17.9: acute renal failure; acute kidney injury; AKI
N19: renal failure; kidney failure
N28.9: renal insufficiency
N13.30: hydronephrosis
N40.0: benign prostatic hyperplasia; benign prostatic hypertrophy; BPH; enlarged prostate
R31.9: hematuria; blood in urine
R31.0: gross hematuria
R30.0: dysuria; painful urination; burning with urination
R35.0: urinary frequency
R39.15: urinary urgency
R33.9: urinary retention
R32: urinary incontinence; incontinence
N39.3: stress urinary incontinence; stress incontinence
R80.9: proteinuria
N52.9: erectile dysfunction; impotence
N92.0: menorrhagia; heavy menstrual bleeding
N94.6: dysmenorrhea
N80.9: endometriosis
D25.9: uterine fibroids; fibroids; uterine leiomyoma; leiomyomata
N83.209: ovarian cyst; ovarian cysts
N93.9: vaginal bleeding; abnormal uterine bleeding
N89.8: vaginal discharge
D64.9: anemia; anaemia; anemic
D50.9: iron deficiency anemia; iron-deficiency anemia
D69.6: thrombocytopenia; low platelets
D72.829: leukocytosis
D72.819: leukopenia
D70.9: neutropenia
D57.1: sickle cell disease; sickle cell anemia
R58: bleeding; hemorrhage
R59.9: lymphadenopathy; adenopathy; swollen glands
R60.9: edema
R60.0: peripheral edema; pedal edema; ankle edema; leg swelling; lower extremity edema; pitting edema;\
 ankle swelling
R23.0: cyanosis
R68.3: clubbing
R21: rash; rashes; skin rash
L29.9: pruritus; itching
L50.9: urticaria; hives
L40.9: psoriasis
L30.9: eczema; dermatitis
L70.9: acne
L03.90: cellulitis
L02.91: abscess
L89.90: pressure ulcer; decubitus ulcer; bedsore
A41.9: sepsis; septicemia; septic
R65.21: septic shock
R57.9: shock
R78.81: bacteremia
B20: HIV infection; AIDS
Z21: hiv positive
A49.02: MRSA
A04.72: c. difficile colitis; clostridium difficile; c diff; c. diff
B02.9: shingles; herpes zoster
A15.0: pulmonary tuberculosis; tuberculosis; TB
M86.9: osteomyelitis
G03.9: meningitis
R29.1: meningismus
M19.90: osteoarthritis; degenerative joint disease; DJD; arthritis
M06.9: rheumatoid arthritis
M32.9: systemic lupus erythematosus; lupus; SLE
M81.0: osteoporosis
M85.80: osteopenia
M79.7: fibromyalgia
M54.50: low back pain; lower back pain; lumbago
M54.9: back pain
M54.2: neck pain; cervicalgia
M25.50: joint pain; arthralgia; arthralgias; joint pains
M79.10: myalgia; myalgias; muscle aches; muscle pain; muscle aches and pains
M25.569: knee pain
M25.559: hip pain
M25.519: shoulder pain
M79.606: leg pain
M48.00: spinal stenosis
M51.9: degenerative disc disease; herniated disc; disc herniation
M54.30: sciatica
M54.10: radiculopathy
R52: pain
F32.A: depression; depressive disorder; depressed mood
F33.9: major depressive disorder, recurrent
F32.9: major depressive disorder; major depression; MDD
F41.9: anxiety; anxiety disorder
F41.1: generalized anxiety disorder
F41.0: panic attacks; panic disorder; panic attack
F31.9: bipolar disorder
F20.9: schizophrenia
F43.10: post-traumatic stress disorder; ptsd; posttraumatic stress disorder
F90.9: attention deficit hyperactivity disorder; adhd
G47.00: insomnia; trouble sleeping; difficulty sleeping
R45.851: suicidal ideation; suicidal thoughts; suicidal ideations
R44.3: hallucinations
F10.20: alcoholism; alcohol dependence
F10.10: alcohol abuse; etoh abuse
F17.200: tobacco dependence; nicotine dependence; smoker; current smoker
F17.210: cigarette smoker
F14.10: cocaine abuse
F19.10: drug abuse; substance abuse; illicit drug use; polysubstance abuse
C50.919: breast cancer; breast carcinoma
C34.90: lung cancer; lung carcinoma; bronchogenic carcinoma
C18.9: colon cancer; carcinoma of the colon
C61: prostate cancer; prostatic carcinoma; carcinoma of the prostate
C67.9: bladder cancer
C56.9: ovarian cancer
C25.9: pancreatic cancer
C64.9: renal cell carcinoma; kidney cancer
C43.9: melanoma; malignant melanoma
C44.91: basal cell carcinoma
C85.90: lymphoma; non-hodgkin lymphoma; non-hodgkin's lymphoma
C95.90: leukemia
C90.00: multiple myeloma
C80.1: cancer; malignancy; carcinoma; malignant neoplasm
C79.9: metastases; metastatic disease; metastasis
C79.51: bone metastases; bony metastases
R97.20: elevated psa
H40.9: glaucoma
H26.9: cataract; cataracts
H10.9: conjunctivitis
H53.8: blurred vision; blurry vision
H53.2: diplopia; double vision
H54.7: visual loss; vision loss; loss of vision
H57.10: eye pain
H66.90: otitis media; ear infection; ear infections
H92.09: ear pain; otalgia; earache
H91.90: hearing loss; deafness; decreased hearing
H93.19: tinnitus; ringing in the ears
R09.81: nasal congestion
R49.0: hoarseness; hoarse voice
K02.9: dental caries; caries
S72.009A: hip fracture; fracture of hip
R19.00: abdominal mass
N63.0: breast mass; breast lump
O14.90: preeclampsia; pre-eclampsia
Q90.9: down syndrome; down's syndrome
G80.9: cerebral palsy
R62.50: developmental delay
-: subdural hematoma; subdural hemorrhage; trauma; swelling; pregnancy; pregnant; HIV; effusion; mass;\
 fracture; lesion; lesions; hematoma; infection; inflammation; stenosis; polyp; polyps; tenderness;\
 erythema; rales; rhonchi; crackles; guarding; rebound; organomegaly; clot; tumor; nodule; nodules;\
 ulcer; ulcers; drug use; tobacco use; alcohol use
"""
