//! Process lines, parameters of the run card, and the conditions that they become.

/// With a run card in which nothing else is cut.
pub const CUTS: &[(&str, &str, &[&str])] = &[
    // Heavy quarks and neutrinos are not cut.
    ("generate p p > t t~", "", &[]),
    ("generate p p > w+ z h", "5 = ptj\n", &[]),
    // b quarks are jets where p has them, as in production.
    (
        "import model sm-no_b_mass\ngenerate p p > b b~ j",
        "20 = ptj\n30 = ptb\n",
        &["pt(j) > 20"],
    ),
    (
        "generate p p > b b~ j",
        "20 = ptj\n30 = ptb\n0.4 = drbj\n60 = mmbb\n50 = ihtmin\n",
        &[
            "pt(j) > 20",
            "pt(bquark) > 30",
            "dR(bquark, j) > 0.4",
            "m(bquark, bquark) > 60",
            "ht(j, bquark) > 50",
        ],
    ),
    // Pairs of equal flavour and opposite charge; all charged leptons with others.
    (
        "generate p p > e+ ve mu+ mu-",
        "4 = mmll\n0.2 = drll\n30 = ptllmin\n20 = misset\n",
        &[
            "dR(l, l) > 0.2",
            "m(mu+, mu-) > 4",
            "pt(mu+, mu-) > 30",
            "pt(l, ve) > 30",
            "met > 20",
        ],
    ),
    (
        "generate p p > e+ e- mu+ mu-",
        "4 = mmll\n30 = ptllmin\n",
        &["m(l+, l-) same_flavour > 4", "pt(l+, l-) same_flavour > 30"],
    ),
    // The sum of all leptons, whatever their number.
    (
        "generate p p > mu+ vm",
        "5e3 = mmnl\n6000 = mmnlmax\n",
        &["5000 < m(all mu+, all vm) < 6000"],
    ),
    (
        "generate p p > mu+ vm\nadd process p p > mu+ vm e+ e-",
        "50 = mmnl\n",
        &["m(all l, all vm) > 50"],
    ),
    // Missing energy where there are neutrinos.
    (
        "generate p p > mu+ vm\nadd process p p > mu+ mu-",
        "30 = misset\n",
        &["met > 30 or n(vm) < 1"],
    ),
    // A window that is removed.
    (
        "generate p p > mu+ mu-",
        "100 = mmll\n80 = mmllmax\n",
        &["m(mu+, mu-) outside 80 .. 100"],
    ),
    (
        "generate p p > j j",
        "5 = ej\n50 = ejmax\n",
        &["5 < E_cm(j) < 50"],
    ),
    // A maximum that nothing reaches is none.
    (
        "generate p p > j j",
        "1d5 = ptjmax\n1d2 = etaj\n1d2 = drjjmax\n",
        &[],
    ),
    (
        "generate p p > j j",
        "20 = ptj\n200 = ptjmax\n1 = etajmin\n2.5 = etaj\n300 = dsqrt_shat\n",
        &["20 < pt(j) < 200", "1 < |y(j)| < 2.5", "sqrt_s > 300"],
    ),
    (
        "generate p p > j j j",
        "60 = xptj\n100 = ptj1min\n50 = ptj2min\n90 = ht3min\n",
        &[
            "any pt(j) > 60",
            "pt(j[1]) > 100",
            "pt(j[2]) > 50",
            "ht(j[1..3]) > 90",
        ],
    ),
    // Events with too few jets fail minima, and no other cut on ordered jets.
    (
        "generate p p > z\nadd process p p > z j j",
        "100 = ptj1min\n500 = ptj2max\n90 = ht2min\n50 = htjmin\n60 = ihtmin\n",
        &[
            "n(j) >= 1",
            "pt(j[1]) > 100",
            "pt(j[2]) < 500",
            "ht(j[1..2]) > 90",
            "ht(j) > 50",
            "ht(j) > 60",
        ],
    ),
    (
        "generate p p > e+ e- j\nadd process p p > e+ ve j j",
        "20 = ptl1min\n10 = ptl2min\n",
        &["n(l) >= 2", "pt(l[1]) > 20", "pt(l[2]) > 10"],
    ),
    // One of the ordered jets is enough, and one without a cut is.
    (
        "generate p p > z j\nadd process p p > z j j j",
        "1 = cutuse\n100 = ptj1min\n50 = ptj2min\n70 = ptj2max\n",
        &[
            "n(j) >= 2",
            "pt(j[1]) > 100 or 50 < pt(j[2]) < 70 or n(j) > 2",
        ],
    ),
    ("generate p p > z j j", "1 = cutuse\n50 = ptj2min\n", &[]),
    // The gap between the two hardest jets, and what is not tested without it.
    (
        "generate p p > a j j",
        "3 = deltaeta\n1 = xetamin\n25 = ptgmin\nF = isoem\n",
        &[
            "|y(j[1])| > 1",
            "|y(j[2])| > 1",
            "dy(j[1], j[2]) > 3",
            "y(j[1]) * y(j[2]) <= 0",
            "pt(a) > 25",
            "isolated(a, j; 0.4, n = 1, epsilon = 1)",
        ],
    ),
    (
        "generate p p > a j\nadd process p p > a j j",
        "3 = deltaeta\n1 = xetamin\n25 = ptgmin\nF = isoem\n",
        &[
            "|y(j[1])| > 1 or n(j) < 2",
            "|y(j[2])| > 1",
            "dy(j[1], j[2]) > 3",
            "y(j[1]) * y(j[2]) <= 0",
            "pt(a) > 25 or n(j) < 2",
            "isolated(a, j; 0.4, n = 1, epsilon = 1) or n(j) < 2",
        ],
    ),
    (
        "generate p p > a a e+ e- j",
        "25 = ptgmin\n0.3 = R0gamma\n0.5 = xn\n0.7 = epsgamma\n",
        &[
            "pt(a) > 25",
            "isolated(a, j; 0.3, n = 0.5, epsilon = 0.7)",
            "isolated(a, a, l; 0.3, n = 0.5, epsilon = 0.7)",
        ],
    ),
    (
        "generate p p > t t~",
        "{6: 100} = pt_min_pdg\n{6: 2.5} = eta_max_pdg\n{6: 400} = mxx_min_pdg\n50 = ptheavy\n",
        &[
            "any pt(heavy) > 50",
            "pt(t) > 100",
            "pt(t~) > 100",
            "|y(t)| < 2.5",
            "|y(t~)| < 2.5",
            "m(t~, t) > 400",
        ],
    ),
    // xqcut replaces cuts.
    (
        "generate p p > z j j",
        "5 = ptj\n7 = mmjj\n0.4 = drjj\n15 = xqcut\n",
        &["pt(j) > 15", "m(j, j) > 15"],
    ),
    (
        "generate p p > z j j",
        "20 = ptj\n7 = mmjj\n0.4 = drjj\n15 = xqcut\nF = auto_ptj_mjj\n",
        &["m(j, j) > 7"],
    ),
    (
        "generate p p > a a",
        "15 = pta\n25 = ptgmin\nF = isoem\n",
        &["pt(a) > 25"],
    ),
    (
        "generate p p > w+ j j, w+ > e+ ve",
        "20 = ktdurham\n",
        &["kt_durham(j, 0.4) > 20"],
    ),
    (
        "generate p p > w+ j j, w+ > e+ ve",
        "20 = ktdurham\n1 = dparameter\n15 = ptlund\n[21, 1, 2] = pdgs_for_merging_cut\n",
        &["kt_durham(jet, 1) > 20", "pt_lund(jet) > 15"],
    ),
    // What decays make is spared, top quarks alone are no emission.
    (
        "generate p p > w+ j, w+ > j j",
        "20 = ktdurham\nT = cut_decays\n",
        &["kt_durham(core j, 0.4) > 20"],
    ),
    ("generate p p > t t~", "20 = ktdurham\n20 = ptlund\n", &[]),
    ("generate p p > w+, w+ > j j", "20 = ptlund\n", &[]),
    (
        "generate p p > t t~ j",
        "20 = ptlund\n",
        &["pt_lund(jet) > 20"],
    ),
];
