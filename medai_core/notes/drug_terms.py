"""Generic and common brand names of drugs; RxNorm's number of the ingredient where it is certain."""

from typing import Final

# "rxcui name: other names" or, where the number is not certain, ": name: other names"
DRUGS: Final = """
1191 aspirin: asa, acetylsalicylic acid, ecotrin
161 acetaminophen: tylenol, paracetamol, apap
5640 ibuprofen: motrin, advil
7258 naproxen: naprosyn, aleve
140587 celecoxib: celebrex
35827 ketorolac: toradol
3355 diclofenac: voltaren
41493 meloxicam: mobic
5781 indomethacin: indocin
7052 morphine: ms contin, morphine sulfate
7804 oxycodone: oxycontin, roxicodone
5489 hydrocodone:
3423 hydromorphone: dilaudid
4337 fentanyl: duragesic
10689 tramadol: ultram
2670 codeine:
6813 methadone:
6754 meperidine: demerol
6809 metformin: glucophage
4821 glipizide: glucotrol
4815 glyburide: diabeta
25789 glimepiride: amaryl
33738 pioglitazone: actos
593411 sitagliptin: januvia
274783 insulin glargine: lantus
51428 insulin aspart: novolog
86009 insulin lispro: humalog
5856 insulin:
29046 lisinopril: zestril, prinivil
3827 enalapril: vasotec
35296 ramipril: altace
1998 captopril:
18867 benazepril: lotensin
35208 quinapril: accupril
52175 losartan: cozaar
69749 valsartan: diovan
83818 irbesartan: avapro
73494 telmisartan: micardis
17767 amlodipine: norvasc
7417 nifedipine: procardia
3443 diltiazem: cardizem
11170 verapamil: calan
6918 metoprolol: lopressor, toprol, toprol-xl, toprol xl
1202 atenolol: tenormin
20352 carvedilol: coreg
8787 propranolol: inderal
6185 labetalol:
19484 bisoprolol:
4603 furosemide: lasix
5487 hydrochlorothiazide: hctz
9997 spironolactone: aldactone
38413 torsemide: demadex
1808 bumetanide: bumex
2409 chlorthalidone:
2599 clonidine: catapres
5470 hydralazine:
4917 nitroglycerin: ntg
3407 digoxin: lanoxin
703 amiodarone: pacerone
9947 sotalol:
11289 warfarin: coumadin
5224 heparin:
67108 enoxaparin: lovenox
32968 clopidogrel: plavix
1364430 apixaban: eliquis
1114195 rivaroxaban: xarelto
83367 atorvastatin: lipitor
36567 simvastatin: zocor
42463 pravastatin: pravachol
301542 rosuvastatin: crestor
6472 lovastatin: mevacor
341248 ezetimibe: zetia
4719 gemfibrozil: lopid
8703 fenofibrate: tricor
10582 levothyroxine: synthroid, levoxyl, levothroid
7646 omeprazole: prilosec
40790 pantoprazole: protonix
283742 esomeprazole: nexium
17128 lansoprazole: prevacid
9143 ranitidine: zantac
4278 famotidine: pepcid
6915 metoclopramide: reglan
26225 ondansetron: zofran
8745 promethazine: phenergan
8704 prochlorperazine: compazine
82003 docusate: colace, docusate sodium
435 albuterol: proventil, ventolin
7213 ipratropium: atrovent
41126 fluticasone: flonase, flovent
36117 salmeterol: serevent
19831 budesonide: pulmicort
69120 tiotropium: spiriva
88249 montelukast: singulair
8640 prednisone: deltasone
8638 prednisolone:
6902 methylprednisolone: solu-medrol, medrol
3264 dexamethasone: decadron
5492 hydrocortisone:
3498 diphenhydramine: benadryl
28889 loratadine: claritin
20610 cetirizine: zyrtec
87636 fexofenadine: allegra
723 amoxicillin: amoxil
733 ampicillin:
7980 penicillin g:
7984 penicillin v:
2231 cephalexin: keflex
2180 cefazolin: ancef
2193 ceftriaxone: rocephin
25033 cefixime:
2194 cefuroxime:
20481 cefepime:
18631 azithromycin: zithromax, z-pak
21212 clarithromycin: biaxin
4053 erythromycin:
3640 doxycycline:
10395 tetracycline:
2551 ciprofloxacin: cipro
82122 levofloxacin: levaquin
139462 moxifloxacin: avelox
2582 clindamycin: cleocin
11124 vancomycin:
6922 metronidazole: flagyl
1596450 gentamicin:
7454 nitrofurantoin: macrobid
10829 trimethoprim:
10180 sulfamethoxazole:
4450 fluconazole: diflucan
281 acyclovir: zovirax
73645 valacyclovir: valtrex
4493 fluoxetine: prozac
36437 sertraline: zoloft
2556 citalopram: celexa
321988 escitalopram: lexapro
32937 paroxetine: paxil
39786 venlafaxine: effexor
72625 duloxetine: cymbalta
42347 bupropion: wellbutrin
15996 mirtazapine: remeron
10737 trazodone: desyrel
704 amitriptyline: elavil
7531 nortriptyline: pamelor
3322 diazepam: valium
6470 lorazepam: ativan
596 alprazolam: xanax
2598 clonazepam: klonopin
6960 midazolam: versed
39993 zolpidem: ambien
51272 quetiapine: seroquel
35636 risperidone: risperdal
61381 olanzapine: zyprexa
5093 haloperidol: haldol
89013 aripiprazole: abilify
6448 lithium:
8183 phenytoin: dilantin
2002 carbamazepine: tegretol
11118 valproic acid:
40254 valproate: depakote, divalproex
28439 lamotrigine: lamictal
114477 levetiracetam: keppra
38404 topiramate: topamax
25480 gabapentin: neurontin
187832 pregabalin: lyrica
135447 donepezil: aricept
6719 memantine: namenda
37418 sumatriptan: imitrex
2101 carisoprodol: soma
21949 cyclobenzaprine: flexeril
1292 baclofen:
519 allopurinol: zyloprim
2683 colchicine:
6851 methotrexate:
5521 hydroxychloroquine: plaquenil
46041 alendronate: fosamax
77492 tamsulosin: flomax
25025 finasteride: proscar
136411 sildenafil: viagra
8591 potassium chloride: k-dur, kcl, klor-con
24947 ferrous sulfate:
4511 folic acid:
11253 vitamin d:
8782 propofol: diprivan
6387 lidocaine: xylocaine
1815 bupivacaine: marcaine
6130 ketamine:
3992 epinephrine:
10324 tamoxifen: nolvadex
84857 anastrozole: arimidex
"""

ALONE: Final = """
nph insulin, regular insulin, calcium carbonate, tums, penicillin, pcn, sulfa, bactrim, septra,\
 augmentin, zosyn, unasyn, vicodin, lortab, norco, percocet, darvocet,
ultracet, advair, combivent, symbicort, nexium, senna, senokot, miralax, multivitamin, multivitamins,
vitamin c, vitamin e, vitamin b12, fish oil, glucosamine, iron, magnesium, calcium, melatonin, nicotine,
botox, kenalog, depo-provera, premarin, estrogen, estradiol, testosterone, oral contraceptives, humulin,
novolin, levemir, xalatan, timolol, latanoprost, remicade, humira, enbrel, hyzaar, vytorin, lotrel, ziac,
dyazide, maxzide, zometa, cisplatin, carboplatin, paclitaxel, taxol, doxorubicin, cyclophosphamide,
rituximab, bevacizumab, avastin, oxaliplatin, 5-fu, fluorouracil, gemcitabine, dopamine, dobutamine,
norepinephrine, levophed, vasopressin, epogen, procrit, neupogen, integrilin, argatroban, activase, statins,
antihistamines, nsaids, cephalosporins, morphine pca, robitussin, mucinex, sudafed, nasonex, rhinocort,
cogentin, geodon, strattera, ritalin, adderall, concerta, provera, clomid, depakene, mysoline, zonegran
"""
"""Names without a number: combinations, brands of several products, classes."""

UNITS: Final = (
    r"mg/kg/day|mg/kg|mcg/kg/min|mcg/kg|mcg/hr?|mcg/min|mg/day|mg/hr?|mg/ml|units?/hr?|"
    r"units?/kg|mEq|meq|mcg|µg|μg|ug|mg|grams?|gm|g|ml|mL|cc|"
    r"units?|u|iu|IU|puffs?|tablets?|tabs?|capsules?|caps?|drops?|gtts?|sprays?|patch(?:es)?|"
    r"teaspoons?|tsp|tablespoons?|tbsp|%|liters?|L|mmol"
)
ROUTES: Final = (
    r"p\.?\s?o\.?|by mouth|orally|oral|i\.?v\.?(?:pb| piggyback| push)?|intravenous(?:ly)?|"
    r"i\.?m\.?|intramuscular(?:ly)?|s\.?c\.?|s\.?q\.?|sub-?q|subcut(?:aneous(?:ly)?)?|"
    r"s\.?l\.?|sublingual(?:ly)?|p\.?r\.?|rectal(?:ly)?|topical(?:ly)?|inhal(?:ed|ation)|"
    r"via nebulizer|nebulized|nebulizer|intranasal(?:ly)?|transdermal|ophthalmic|"
    r"in (?:each|the|both|right|left) (?:eyes?|nostrils?|ears?)|per rectum|vaginal(?:ly)?|"
    r"intrathecal|epidural|via peg|per tube"
)
FREQUENCIES: Final = (
    r"q\.?\s?d\.?|q\.?\s?o\.?\s?d\.?|b\.?\s?i\.?\s?d\.?|t\.?\s?i\.?\s?d\.?|q\.?\s?i\.?\s?d\.?|"
    r"q\.?\s?h\.?\s?s\.?|q\.?\s?a\.?\s?m\.?|q\.?\s?p\.?\s?m\.?|h\.?s\.?|at bedtime|nightly|"
    r"daily|weekly|monthly|"
    r"once (?:a |per )?(?:day|daily|week|weekly|month)|twice (?:a |per )?(?:day|daily|"
    r"week)|three times (?:a |per )?(?:day|daily|week)|four times (?:a |per )?(?:day|daily)|"
    r"once|every (?:other )?(?:day|morning|evening|night|week|month)|every \d+(?:\s?(?:-|"
    r"to)\s?\d+)? (?:hours?|hrs?|days?|weeks?|minutes?)|q\.?\s?\d+(?:\s?-\s?\d+)?\s?(?:h(?:ours?|"
    r"rs?|\.)?|min)|"
    r"\d times? (?:a |per )?(?:day|daily|week)|x \d+ (?:days?|doses?)|in the (?:morning|"
    r"evening)|with meals|before meals|after meals|a\.?c\.?|stat"
)
