use super::*;
use proptest::prelude::*;

fn special() -> Vocab {
    Vocab::from_words([("<unk>", 0), ("<s>", 0), ("</s>", 2), ("rose", 3), ("a", 1)], 3).unwrap()
}

fn bytes_of(vocab: &Vocab) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vocab");
    vocab.save(&path).unwrap();
    binary::read(&path).unwrap()
}

#[track_caller]
fn check(bytes: &[u8], want: &str) {
    let error = Vocab::from_binary(Path::new("v"), bytes).unwrap_err().to_string();
    assert_eq!(error, want);
}

#[test]
fn special_words_are_found() {
    let vocab = special();
    assert_eq!(
        (vocab.unknown(), vocab.begin(), vocab.end()),
        (Some(WordId(0)), Some(WordId(1)), Some(WordId(2)))
    );
    assert_eq!((vocab.n_tokens(), vocab.len(), vocab.count(WordId(3))), (6, 5, 3));
    let plain = Vocab::from_words([("<unk>", 1)], 0).unwrap();
    assert_eq!((plain.unknown(), plain.out_of_vocabulary()), (None, OutOfVocabulary::Skip));
}

#[test]
fn the_policy_decides_on_other_words() {
    let vocab = special();
    assert_eq!((vocab.lookup("rose"), vocab.lookup("tulip")), (Some(WordId(3)), Some(WordId(0))));
    let vocab = vocab.with_out_of_vocabulary(OutOfVocabulary::Skip).unwrap();
    assert_eq!((vocab.lookup("rose"), vocab.lookup("tulip")), (Some(WordId(3)), None));
    let none = Vocab::default().with_out_of_vocabulary(OutOfVocabulary::Unknown);
    assert!(matches!(none, Err(VocabError::Setting { .. })));
}

#[test]
fn a_word_stands_once() {
    let error = Vocab::from_words([("a", 1), ("b", 1), ("a", 1)], 0).unwrap_err().to_string();
    assert_eq!(error, "word `a` stands twice in the vocabulary, as 0 and 2");
    assert!(matches!(Vocab::from_words([("a", 1)], 2), Err(VocabError::Special { wanted: 2, found: 1 })));
}

#[test]
fn the_digest_tells_vocabularies_apart() {
    let other = special().with_out_of_vocabulary(OutOfVocabulary::Skip).unwrap();
    assert_eq!(special().digest(), special().digest());
    assert_ne!(special().digest(), other.digest());
}

#[test]
fn other_files_are_refused() {
    let bytes = bytes_of(&special());
    check(b"", "v is not a sound vocabulary: it does not begin as one");
    check(b"SMVOCAB\0", "v is not a sound vocabulary: it is cut off");
    check(&bytes[..bytes.len() - 1], "v is not a sound vocabulary: the checksum is wrong");
    let mut newer = bytes.clone();
    newer[8] = 9;
    check(&newer, "v is a vocabulary of version 9, expected version 1");
}

#[test]
fn lengths_are_not_believed() {
    let mut writer = BinaryWriter::new(KIND);
    writer.text("skip");
    writer.u64(0);
    writer.u64(u64::MAX);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v");
    writer.save(&path).unwrap();
    let error = Vocab::load(&path).unwrap_err().to_string();
    assert!(error.ends_with("a length of 18446744073709551615 where 0 is the most"), "{error}");
}

proptest! {
    #[test]
    fn the_binary_form_comes_back(words in prop::collection::btree_map("\\PC{0,6}", any::<u32>(), 0..30)) {
        let words = words.into_iter().map(|(word, count)| (word, u64::from(count)));
        let vocab = Vocab::from_words(words, 0).unwrap();
        prop_assert_eq!(Vocab::from_binary(Path::new("v"), &bytes_of(&vocab)).unwrap(), vocab);
    }

    #[test]
    fn damage_is_an_error(at in any::<prop::sample::Index>(), flip in 1u8.., reseal in any::<bool>()) {
        let mut bytes = bytes_of(&special());
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if reseal {
            let body = bytes.len() - 8;
            let sum = crate::hash::fnv(&bytes[..body]);
            bytes[body..].copy_from_slice(&sum.to_le_bytes());
        }
        // With a checksum that fits, another count or letter is as good as the first.
        prop_assert!(reseal || Vocab::from_binary(Path::new("v"), &bytes).is_err());
        let _ = Vocab::from_binary(Path::new("v"), &bytes);
    }

    #[test]
    fn any_bytes_are_a_vocabulary_or_an_error(body in prop::collection::vec(prop_oneof![0..9u8, any::<u8>()], 0..99)) {
        let mut bytes = [&KIND.magic[..], &KIND.version.to_le_bytes(), b"\x04\0\0\0\0\0\0\0skip", &body].concat();
        bytes.extend(crate::hash::fnv(&bytes).to_le_bytes());
        let _ = Vocab::from_binary(Path::new("v"), &bytes);
    }
}
