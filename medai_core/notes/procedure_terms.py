"""Procedures as notes name them; SNOMED CT's number where it is certain, else the name alone."""

from typing import Final

PROCEDURES: Final = """
80146002|Appendectomy|appendectomy; appendicectomy
38102005|Cholecystectomy|cholecystectomy
45595009|Laparoscopic cholecystectomy|laparoscopic cholecystectomy; lap chole; lap cholecystectomy
73761001|Colonoscopy|colonoscopy
76009000|Esophagogastroduodenoscopy|esophagogastroduodenoscopy; EGD; upper endoscopy
232717009|Coronary artery bypass grafting|coronary artery bypass grafting; coronary artery bypass graft;\
 coronary artery bypass; coronary bypass; CABG
415070008|Percutaneous coronary intervention|percutaneous coronary intervention; PCI
41976001|Cardiac catheterization|cardiac catheterization; cardiac cath; heart catheterization;\
 left heart catheterization
302497006|Hemodialysis|hemodialysis; haemodialysis
236886002|Hysterectomy|hysterectomy; total abdominal hysterectomy; TAH; vaginal hysterectomy
173422009|Tonsillectomy|tonsillectomy
11466000|Cesarean section|cesarean section; c-section; caesarean section; cesarean delivery
40701008|Echocardiography|echocardiogram; echocardiography; transthoracic echocardiogram; TTE
29303009|Electrocardiographic procedure|electrocardiogram; EKG; ECG
399208008|Plain chest X-ray|chest x-ray; chest x-rays; chest xray; chest radiograph; CXR
71651007|Mammography|mammogram; mammography
112798008|Insertion of endotracheal tube|intubation; endotracheal intubation
277762005|Lumbar puncture|lumbar puncture; spinal tap
116859006|Transfusion of blood product|blood transfusion; blood transfusions; transfusion; transfusions
10847001|Bronchoscopy|bronchoscopy
91602002|Thoracentesis|thoracentesis
48387007|Tracheostomy|tracheostomy; tracheotomy
52734007|Total replacement of hip|total hip arthroplasty; total hip replacement; hip replacement; THA
609588000|Total replacement of knee joint|total knee arthroplasty; total knee replacement;\
 knee replacement; TKA
108241001|Dialysis procedure|dialysis
13619001|Thyroidectomy|thyroidectomy
69031006|Excision of breast tissue|mastectomy
392021009|Lumpectomy of breast|lumpectomy
86273004|Biopsy|biopsy; biopsies
23719005|Excision of colon|colectomy
110473004|Cataract surgery|cataract extraction; cataract surgery; phacoemulsification
65546002|Extraction of tooth|tooth extraction; dental extraction
|Magnetic resonance imaging|mri; magnetic resonance imaging
|Computed tomography|CT; CT scan; CT scans; cat scan; computed tomography
|Ultrasound|ultrasound; ultrasonography; sonogram
|Coronary angiography|coronary angiography; coronary angiogram; angiography; angiogram
|Angioplasty|angioplasty; PTCA; balloon angioplasty
|Stent|stent placement; stenting; coronary stent; stent
|Pacemaker|pacemaker placement; pacemaker implantation; pacemaker
|Defibrillator|ICD placement; AICD placement; AICD
|Hernia repair|hernia repair; herniorrhaphy; inguinal hernia repair; ventral hernia repair
|Laminectomy|laminectomy; discectomy; diskectomy; microdiscectomy; spinal fusion; lumbar fusion;\
 anterior cervical discectomy and fusion; ACDF
|Arthroscopy|arthroscopy; knee arthroscopy; shoulder arthroscopy
|Open reduction internal fixation|open reduction and internal fixation; open reduction internal fixation;\
 ORIF
|Carpal tunnel release|carpal tunnel release
|Craniotomy|craniotomy
|Laparoscopy|laparoscopy; laparotomy; exploratory laparotomy
|Gastric bypass|gastric bypass; gastric banding
|Prostatectomy|prostatectomy; TURP; transurethral resection of the prostate
|Nephrectomy|nephrectomy
|Cystoscopy|cystoscopy
|Lithotripsy|lithotripsy; ureteroscopy
|Vasectomy|vasectomy
|Tubal ligation|tubal ligation; bilateral tubal ligation; BTL
|Dilation and curettage|dilation and curettage; D&C; dilatation and curettage
|Oophorectomy|oophorectomy; salpingo-oophorectomy; bilateral salpingo-oophorectomy; BSO
|Circumcision|circumcision
|Adenoidectomy|adenoidectomy; tonsillectomy and adenoidectomy; T&A
|Tympanostomy|myringotomy; tympanostomy; pressure equalization tubes; PE tubes
|Septoplasty|septoplasty; rhinoplasty; endoscopic sinus surgery
|Thrombectomy|thrombectomy; embolectomy; endarterectomy; carotid endarterectomy
|Central line|central line placement; central venous catheter placement; port-a-cath placement;\
 PICC line placement
|Feeding tube|PEG tube placement; PEG placement; gastrostomy
|Chest tube|chest tube placement; thoracotomy; tube thoracostomy
|Paracentesis|paracentesis
|Amputation|amputation; below-knee amputation; above-knee amputation; BKA; AKA
|Debridement|debridement; incision and drainage; I&D; skin graft
|Sigmoidoscopy|sigmoidoscopy; flexible sigmoidoscopy; polypectomy; ERCP
|Stress test|stress test; exercise stress test; treadmill test
|Radiotherapy|radiation therapy; radiotherapy; XRT
|Chemotherapy|chemotherapy
|Physical therapy|physical therapy
|Joint injection|epidural steroid injection; nerve block; trigger point injection
|Cardioversion|cardioversion; ablation
|Valve replacement|aortic valve replacement; mitral valve replacement; valve replacement
|Splenectomy|splenectomy
|Bone marrow biopsy|bone marrow biopsy
"""
