use super::*;

/// A reader that gives its bytes in pieces of a fixed size.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(self.0.len()).min(out.len());
        out[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

/// The texts of a stream, each with the lines before it, in whatever pieces it comes.
fn records(input: &str, separator: Separator) -> (Separator, Vec<(String, usize)>) {
    let read = |size| {
        let mut records = Records::new(Pieces(input.as_bytes(), size), separator, 1000);
        let mut out = Vec::new();
        while let Some(record) = records.next().expect(input) {
            let text = String::from_utf8(record.bytes.to_vec()).unwrap();
            out.push((text, record.lines_before));
        }
        (records.separator(), out)
    };
    let whole = read(usize::MAX);
    for size in [1, 2, 3, 7] {
        assert_eq!(read(size), whole, "{input:?} in pieces of {size}");
    }
    whole
}

fn texts(input: &str, separator: Separator) -> Vec<String> {
    let (_, records) = records(input, separator);
    records.into_iter().map(|(text, _)| text).collect()
}

#[test]
fn a_stream_is_cut_at_nul_bytes_or_lines() {
    assert_eq!(
        texts("{a:1}\0{b:\n2}\0", Separator::Nul),
        ["{a:1}", "{b:\n2}"]
    );
    assert_eq!(texts("1\0 \0\n\x002", Separator::Nul), ["1", "2"]);
    assert_eq!(
        texts("1\r\n\n// note\n [2]\n3", Separator::Line),
        ["1\r", " [2]", "3"]
    );
    assert_eq!(texts("1\n2\0", Separator::None), ["1\n2\0"]);
}

#[test]
fn what_separates_is_found_out() {
    let (found, texts) = records("{a:1}\n{b:2}\n", Separator::Auto);
    assert_eq!((found, texts.len()), (Separator::Line, 2));
    assert_eq!(texts[1], ("{b:2}".to_owned(), 1));

    let (found, texts) = records("{\n a:1\n}\0{b:2}\0", Separator::Auto);
    assert_eq!((found, texts.len()), (Separator::Nul, 2));
    assert_eq!(texts[1].1, 2);

    assert_eq!(records("{a:1}\0{b:\n2}", Separator::Auto).0, Separator::Nul);
    let (found, texts) = records("// head\n{\n a: [1,\n 2]}\n", Separator::Auto);
    assert_eq!((found, texts.len()), (Separator::None, 1));
}

#[test]
fn an_empty_stream_has_no_texts_and_a_blank_one_is_left_to_the_reader() {
    assert!(texts("", Separator::Auto).is_empty());
    assert!(texts("\n \n", Separator::Line).is_empty());
    assert_eq!(texts(" \n ", Separator::Auto), [" \n "]);
}

#[test]
fn a_text_over_the_limit_ends_the_reading() {
    let input = format!("1\n[{}]\n3\n", "2,".repeat(600));
    let mut records = Records::new(Pieces(input.as_bytes(), 100), Separator::Line, 1000);
    assert!(records.next().unwrap().is_some());
    let error = records.next().unwrap_err();
    assert!(matches!(error, ReadError::TooLong { lines_before: 1 }));
    // Endless input fills no memory.
    let mut records = Records::new(io::repeat(b' '), Separator::Auto, 1000);
    assert!(matches!(records.next(), Err(ReadError::TooLong { .. })));
}

#[test]
fn an_empty_input_is_a_stream_without_texts_but_no_text() {
    assert!(texts("", Separator::Auto).is_empty());
    assert!(texts("", Separator::Nul).is_empty());
    assert_eq!(texts("", Separator::None), [""]);
}

#[test]
fn it_is_known_whether_a_text_is_there() {
    let mut records = Records::new(Pieces(b"1\n2\n3", 4), Separator::Auto, 1000);
    assert!(!records.has_text());
    records.next().unwrap().unwrap();
    assert!(records.has_text());
    records.next().unwrap().unwrap();
    assert!(!records.has_text(), "the third has not come");
}
