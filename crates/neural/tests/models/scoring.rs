use super::{Model, N_WORDS, models, rnn_settings, transformer_settings, words};
use candle_core::{DType, Device, Tensor};
use sememe_neural::Params;
use sememe_neural::blocks::Pass;
use sememe_neural::models::{Batch, KeyValueCache, RnnLm, TransformerLm};

#[track_caller]
fn close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    let worst = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-5, "{worst} apart");
}

fn score(model: &Model, inputs: &[u32], targets: &[u32], n_batch: usize) -> Vec<f32> {
    model.ln_p(&Batch::new(inputs, targets, n_batch).unwrap())
}

/// Of an output of all words.
fn row(ln_p: &Tensor, i: usize) -> Vec<f32> {
    ln_p.get(i).unwrap().to_vec1().unwrap()
}

#[test]
fn a_sequence_scores_the_same_alone_and_among_others() {
    let (inputs, targets) = (words(8 * 15, 1), words(8 * 15, 2));
    for model in models(DType::F32) {
        let together = score(&model, &inputs, &targets, 15);
        for b in 0..15 {
            let own = b * 8..(b + 1) * 8;
            close(&together[own.clone()], &score(&model, &inputs[own.clone()], &targets[own], 1));
        }
    }
}

#[test]
fn later_words_change_nothing_before_them() {
    let (inputs, targets) = (words(10, 1), words(10, 2));
    for model in models(DType::F32) {
        let before = score(&model, &inputs, &targets, 1);
        for t in 0..10 {
            let mut other = inputs.clone();
            other[t] = (other[t] + 1) % N_WORDS as u32;
            let after = score(&model, &other, &targets, 1);
            assert_eq!(before[..t], after[..t]);
            assert_ne!(before[t], after[t]);
        }
    }
}

#[test]
fn the_loss_is_the_mean_of_the_scores() {
    let (inputs, targets) = (words(24, 1), words(24, 2));
    let batch = Batch::new(&inputs, &targets, 4).unwrap();
    for model in models(DType::F32) {
        let loss: f32 = model.loss(&batch, &Pass::evaluation()).unwrap().to_scalar().unwrap();
        close(&[loss], &[-model.ln_p(&batch).iter().sum::<f32>() / 24.0]);
    }
}

#[test]
fn a_sequence_cut_in_two_with_its_state_is_the_whole() {
    let (inputs, targets) = (words(20, 1), words(20, 2));
    // Rows of 10 words to rows of 4 and 6.
    let cut = |values: &[u32], from: usize, to: usize| -> Vec<u32> {
        values.chunks(10).flat_map(|row| row[from..to].to_vec()).collect()
    };
    for settings in rnn_settings() {
        let model = RnnLm::new(&Params::new(3, &Device::Cpu), N_WORDS, settings).unwrap();
        let mut state = model.zero_state(2).unwrap();
        let whole = model.ln_p(&Batch::new(&inputs, &targets, 2).unwrap(), &state).unwrap().0;
        let mut parts = vec![Vec::new(); 2];
        for (from, to) in [(0, 4), (4, 10)] {
            let (inputs, targets) = (cut(&inputs, from, to), cut(&targets, from, to));
            let (ln_p, after) = model.ln_p(&Batch::new(&inputs, &targets, 2).unwrap(), &state).unwrap();
            parts.iter_mut().zip(ln_p.chunks(to - from)).for_each(|(part, row)| part.extend(row));
            state = after;
        }
        close(&whole, &parts.concat());
    }
}

#[test]
fn the_next_word_of_a_recurrent_model_is_its_score() {
    let (inputs, targets) = (words(12, 1), words(12, 2));
    for settings in rnn_settings() {
        let model = RnnLm::new(&Params::new(3, &Device::Cpu), N_WORDS, settings).unwrap();
        let state = model.zero_state(2).unwrap();
        let scores = model.ln_p(&Batch::new(&inputs, &targets, 2).unwrap(), &state).unwrap().0;
        let (next, _) = model.next(&inputs, 2, &state).unwrap();
        for b in 0..2 {
            let next = row(&next, b);
            close(&[next[targets[b * 6 + 5] as usize]], &[scores[b * 6 + 5]]);
            close(&[next.iter().map(|x| x.exp()).sum::<f32>()], &[1.0]);
        }
    }
}

#[test]
fn a_cache_of_keys_and_values_is_the_whole_pass() {
    let (inputs, targets) = (words(20, 1), words(20, 2));
    for settings in transformer_settings() {
        let model = TransformerLm::new(&Params::new(3, &Device::Cpu), N_WORDS, settings).unwrap();
        let scores = model.ln_p(&Batch::new(&inputs, &targets, 2).unwrap()).unwrap();
        let mut cache = KeyValueCache::default();
        // Four words at once, then one at a time.
        for (from, to) in [(0, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9), (9, 10)] {
            let part: Vec<u32> = inputs.chunks(10).flat_map(|row| row[from..to].to_vec()).collect();
            let next = model.next(&part, 2, &mut cache).unwrap();
            assert_eq!(cache.len(), to);
            for b in 0..2 {
                let at = b * 10 + to - 1;
                close(&[row(&next, b)[targets[at] as usize]], &[scores[at]]);
            }
        }
        let error = model.next(&[0; 14], 2, &mut cache).unwrap_err().to_string();
        assert_eq!(error, "`inputs` has shape [17], expected at most 16 words");
    }
}

/// Large enough that work is cut into pieces.
#[test]
fn losses_and_gradients_have_the_same_bits_on_any_number_of_threads() {
    let (inputs, targets) = (words(40 * 16, 1), words(40 * 16, 2));
    for model in models(DType::F32) {
        let bits = |n: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(|| {
                let batch = Batch::new(&inputs, &targets, 40).unwrap();
                let loss = model.loss(&batch, &Pass::training(1, 2)).unwrap();
                let grads = loss.backward().unwrap();
                let gradients =
                    model.params().all().into_iter().map(|param| grads.get(param.var()).unwrap().clone());
                let all = gradients.chain([loss]);
                all.flat_map(|x| x.flatten_all().unwrap().to_vec1::<f32>().unwrap())
                    .map(f32::to_bits)
                    .collect::<Vec<_>>()
            })
        };
        let one = bits(1);
        assert!(bits(2) == one && bits(4) == one);
    }
}
