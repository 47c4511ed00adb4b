use super::*;
use crate::ErrorKind;

fn frames(decoder: &mut FrameDecoder) -> Result<Vec<Bytes>, FrameError> {
    std::iter::from_fn(|| decoder.next_frame().transpose()).collect()
}

#[test]
fn frames_come_out_the_same_however_the_stream_is_cut() {
    let stream = "{a:1}\0{}\0\0{text:'é😀'}\0rest".as_bytes();
    for first in 0..stream.len() {
        for second in first..stream.len() {
            let mut decoder = FrameDecoder::default();
            let mut got = Vec::new();
            for chunk in [&stream[..first], &stream[first..second], &stream[second..]] {
                decoder.extend(chunk);
                got.extend(frames(&mut decoder).unwrap());
            }
            assert_eq!(got, ["{a:1}", "{}", "", "{text:'é😀'}"]);
            assert_eq!(decoder.pending(), b"rest");
        }
    }
}

#[test]
fn the_debug_form_shows_no_bytes() {
    let mut decoder = FrameDecoder::new(64);
    decoder.extend(b"{handshake:[0,'app'],login:['user','secret");
    let shown = format!("{decoder:?}");
    assert!(shown.contains("pending: 42"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_message_of_exactly_the_limit_passes() {
    let mut decoder = FrameDecoder::new(5);
    decoder.extend(b"{a:1}");
    assert_eq!(decoder.next_frame(), Ok(None));
    decoder.extend(b"\0");
    assert_eq!(decoder.next_frame().unwrap().unwrap(), "{a:1}");
}

#[test]
fn an_unfinished_message_is_refused_as_soon_as_it_passes_the_limit() {
    let mut decoder = FrameDecoder::new(5);
    decoder.extend(b"{a:1}\0{a:12");
    assert_eq!(decoder.next_frame().unwrap().unwrap(), "{a:1}");
    assert_eq!(decoder.next_frame(), Ok(None));
    decoder.extend(b"3");
    assert_eq!(decoder.next_frame(), Err(FrameError::TooLong { limit: 5 }));
}

#[test]
fn a_complete_message_past_the_limit_is_refused() {
    let mut decoder = FrameDecoder::new(5);
    decoder.extend(b"{a:12}\0");
    assert_eq!(decoder.next_frame(), Err(FrameError::TooLong { limit: 5 }));
}

#[test]
fn nothing_comes_after_a_refusal_and_nothing_is_kept() {
    let mut decoder = FrameDecoder::new(2);
    decoder.extend(b"long\0{}\0");
    for _ in 0..3 {
        assert_eq!(decoder.next_frame(), Err(FrameError::TooLong { limit: 2 }));
        assert_eq!(decoder.pending(), b"");
        decoder.extend(b"{}\0");
    }
    decoder.read_buffer().extend_from_slice(b"{}\0");
    assert!(decoder.next_frame().is_err());
    assert_eq!(decoder.read_buffer().capacity(), 0);
}

#[test]
fn frames_are_cut_out_of_the_buffer_without_a_copy() {
    let mut decoder = FrameDecoder::default();
    decoder.extend(b"{a:1}\0");
    let start = decoder.pending().as_ptr();
    assert_eq!(decoder.next_frame().unwrap().unwrap().as_ptr(), start);
}

#[test]
fn memory_is_given_back_after_a_large_message() {
    let mut decoder = FrameDecoder::default();
    let large = vec![b'x'; 4 * 1024 * 1024];
    decoder.extend(&large);
    assert_eq!(decoder.next_frame(), Ok(None));
    decoder.extend(b"\0{a:");
    assert_eq!(decoder.next_frame().unwrap().unwrap(), large);
    assert_eq!(decoder.next_frame(), Ok(None));
    assert!(decoder.read_buffer().capacity() <= 128 * 1024);
    decoder.extend(b"1}\0");
    assert_eq!(decoder.next_frame().unwrap().unwrap(), "{a:1}");
}

#[test]
fn bytes_are_scanned_once_when_a_message_arrives_in_many_pieces() {
    let mut decoder = FrameDecoder::default();
    for received in 1..=1000 {
        decoder.extend(b"x");
        assert_eq!(decoder.next_frame(), Ok(None));
        assert_eq!(decoder.scanned, received);
    }
    decoder.extend(b"\0");
    assert_eq!(decoder.next_frame().unwrap().unwrap().len(), 1000);
    assert_eq!(decoder.scanned, 0);
}

#[test]
fn a_buffer_that_its_user_emptied_starts_anew() {
    let mut decoder = FrameDecoder::default();
    decoder.extend(b"{a:1,");
    assert_eq!(decoder.next_frame(), Ok(None));
    decoder.read_buffer().clear();
    assert_eq!(decoder.next_frame(), Ok(None));
    decoder.extend(b"{}\0");
    assert_eq!(decoder.next_frame().unwrap().unwrap(), "{}");
}

#[test]
fn what_is_encoded_decodes_to_the_same_frames() {
    let mut out = BytesMut::new();
    for frame in ["{}", "", "{a:'é'}"] {
        FrameEncoder::encode(frame.as_bytes(), &mut out).unwrap();
    }
    let mut decoder = FrameDecoder::default();
    decoder.extend(&out);
    assert_eq!(frames(&mut decoder).unwrap(), ["{}", "", "{a:'é'}"]);
}

#[test]
fn a_frame_with_a_nul_is_not_written() {
    let mut out = BytesMut::from("before");
    let refused = FrameEncoder::encode(b"{a:'\0'}", &mut out);
    assert_eq!(refused, Err(FrameError::ContainsNul { offset: 4 }));
    assert_eq!(out, "before");
}

#[test]
fn ill_formed_text_is_refused_with_its_offset() {
    assert_eq!(decode_text("{a:'é'}".as_bytes()).unwrap(), "{a:'é'}");
    let error = decode_text(b"{a:'x\xffy'}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidUtf8);
    assert_eq!(error.offset(), Some(5));
}
