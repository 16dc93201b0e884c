//! Many analogy questions at once against the same questions one by one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sememe_kernels::{Kernels, Matrix, Observer, Progress, Rng, Silent};
use sememe_vectors::evaluate::{AnalogyQuestion, AnalogyQuestions, AnalogyReport, Case, QuestionSection};
use sememe_vectors::{Analogy, Embeddings, Neighbours, VectorsError};
use sememe_vocab::Vocab;
use std::ops::ControlFlow;

const N_WORDS: usize = 700;

fn random_embeddings() -> Embeddings {
    let mut rng = Rng::new(11, 0);
    let values = (0..N_WORDS * 6).map(|_| rng.unit_f32() - 0.5).collect();
    let vocab = Vocab::from_words((0..N_WORDS).map(|i| (format!("w{i}"), 1)), 0).unwrap();
    Embeddings::new(vocab, Matrix::from_vec(N_WORDS, 6, values).unwrap()).unwrap()
}

/// Questions over random words; every second one has the answer that `space` gives.
fn questions(space: &Neighbours, analogy: Analogy) -> AnalogyQuestions {
    let mut rng = Rng::new(12, 0);
    let mut word = || format!("w{}", rng.below(space.n_words() as u64));
    let question = |i: usize| {
        let [a, b, c] = [word(), word(), word()];
        let best = space.analogy([&a, &b, &c], 2, analogy).unwrap();
        let answer = best[i % 2].word.to_owned();
        AnalogyQuestion::new([a, b, c, answer])
    };
    let questions = (0..60).map(question).collect();
    AnalogyQuestions { sections: vec![QuestionSection { name: "random".to_owned(), questions }] }
}

fn check(analogy: Analogy, n_words: usize, threads: usize) {
    let space = Neighbours::among(&random_embeddings(), n_words, Kernels::detect()).with_threads(threads);
    let questions = questions(&space, analogy);
    let report = space.evaluate_analogies(&questions, analogy, Case::Exact, &mut Silent).unwrap();
    let total = report.total();
    assert_eq!((total.correct, total.covered, total.asked), (30, 60, 60), "{analogy:?} {n_words} {threads}");
    assert_eq!(total.accuracy(), Some(0.5));
}

#[test]
fn the_best_answers_are_those_of_single_questions() {
    for analogy in [Analogy::Add, Analogy::Mul] {
        check(analogy, N_WORDS, 1);
        check(analogy, N_WORDS, 3);
        check(analogy, 130, 2);
    }
}

#[test]
fn questions_in_capitals_are_for_lower_case_vectors() {
    let space = Neighbours::new(&random_embeddings(), Kernels::detect());
    let questions = ["W1 W2 W3 W4", "w1 w2 w3 w4", "W1 W2 W3 unheard"];
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    let questions = questions.map(|line| AnalogyQuestion::new(words(line)));
    let section = QuestionSection { name: "gram1".to_owned(), questions: questions.to_vec() };
    let questions = AnalogyQuestions { sections: vec![section] };
    let covered = |case| {
        let report = space.evaluate_analogies(&questions, Analogy::Add, case, &mut Silent).unwrap();
        assert_eq!((report.semantic().asked, report.syntactic().asked), (0, 3));
        report.total().covered
    };
    assert_eq!([covered(Case::Exact), covered(Case::Lower), covered(Case::Ignore)], [1, 2, 2]);
}

#[test]
fn nothing_asked_is_nothing_answered() {
    let space = Neighbours::new(&random_embeddings(), Kernels::detect());
    let report =
        space.evaluate_analogies(&AnalogyQuestions::default(), Analogy::Add, Case::Ignore, &mut Silent);
    let report = report.unwrap();
    assert_eq!(report, AnalogyReport::default());
    assert_eq!(report.total().accuracy(), None);
}

#[test]
fn evaluation_can_be_interrupted() {
    struct Stop;
    impl Observer for Stop {
        fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let space = Neighbours::new(&random_embeddings(), Kernels::detect());
    let questions = questions(&space, Analogy::Add);
    let stopped = space.evaluate_analogies(&questions, Analogy::Add, Case::Exact, &mut Stop);
    assert!(matches!(stopped, Err(VectorsError::Interrupted)));
}
