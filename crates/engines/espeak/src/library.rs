//! The library itself: all of the crate's unsafe code.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::path::Path;
use std::ptr;

use speech::{EngineError, EngineErrorKind};

use crate::{ENGINE, asset_error};

/// `AUDIO_OUTPUT_SYNCHRONOUS`: no sound device is opened, no thread started.
const NO_SOUND: c_int = 2;
/// `espeakINITIALIZE_DONT_EXIT`: missing data is an answer, not the end of the process.
const DONT_EXIT: c_int = 0x8000;
/// `espeakCHARS_UTF8`.
const UTF8: c_int = 1;
/// `espeakPHONEMES_IPA`.
const IPA: c_int = 0x02;

type Initialize = unsafe extern "C" fn(c_int, c_int, *const c_char, c_int) -> c_int;
type SetVoiceByName = unsafe extern "C" fn(*const c_char) -> c_uint;
type TextToPhonemes = unsafe extern "C" fn(*mut *const c_void, c_int, c_int) -> *const c_char;

/// espeak-ng, initialised. It works on globals, so there is to be one, used by one thread at a time: `crate::Espeak`
/// sees to both.
pub(crate) struct Library {
    set_voice_by_name: SetVoiceByName,
    text_to_phonemes: TextToPhonemes,
    voice: Option<String>,
    /// Last, so that the functions above never outlive it.
    _library: libloading::Library,
}

impl Library {
    pub(crate) fn open(folder: &Path) -> Result<Self, EngineError> {
        let file = folder.join("libespeak-ng.so");
        if !file.is_file() || !folder.join("espeak-ng-data/phontab").is_file() {
            return Err(asset_error(format!("{} lacks libespeak-ng.so or espeak-ng-data", folder.display())));
        }
        // SAFETY: the asset is pinned by hash; its initialisers do nothing but set up the C++ library's own data.
        let library =
            unsafe { libloading::Library::new(&file) }.map_err(|e| asset_error(format!("{}: {e}", file.display())))?;
        // SAFETY: the types are those of espeak-ng's `speak_lib.h` (API version 12, espeak-ng 1.52).
        let initialize: Initialize = unsafe { symbol(&library, c"espeak_Initialize")? };
        // SAFETY: as above.
        let set_voice_by_name: SetVoiceByName = unsafe { symbol(&library, c"espeak_SetVoiceByName")? };
        // SAFETY: as above.
        let text_to_phonemes: TextToPhonemes = unsafe { symbol(&library, c"espeak_TextToPhonemes")? };
        let data = c_string(&folder.to_string_lossy())?;
        // SAFETY: `data` lives through the call, which copies it.
        let rate_hz = unsafe { initialize(NO_SOUND, 0, data.as_ptr(), DONT_EXIT) };
        if rate_hz <= 0 {
            return Err(asset_error(format!("espeak-ng refuses the data in {}", folder.display())));
        }
        Ok(Self { set_voice_by_name, text_to_phonemes, voice: None, _library: library })
    }

    pub(crate) fn set_voice(&mut self, voice: &str) -> Result<(), EngineError> {
        if self.voice.as_deref() == Some(voice) {
            return Ok(());
        }
        let name = c_string(voice)?;
        // SAFETY: `name` lives through the call, which copies it.
        if unsafe { (self.set_voice_by_name)(name.as_ptr()) } != 0 {
            return Err(EngineError::new(
                ENGINE,
                EngineErrorKind::Input,
                format!("espeak-ng has no voice \"{voice}\""),
            ));
        }
        self.voice = Some(voice.to_owned());
        Ok(())
    }

    /// The IPA of one clause; what espeak itself takes for several is joined with spaces.
    pub(crate) fn clause_phonemes(&mut self, clause: &str) -> String {
        let Ok(text) = c_string(clause) else { return String::new() };
        let mut rest: *const c_void = text.as_ptr().cast();
        let mut parts = Vec::new();
        while !rest.is_null() {
            let before = rest;
            // SAFETY: `rest` points into `text`, which ends with a zero; the call moves it forward or makes it null.
            let phonemes = unsafe { (self.text_to_phonemes)(ptr::addr_of_mut!(rest), UTF8, IPA) };
            if !phonemes.is_null() {
                // SAFETY: a string in espeak's own buffer, valid until the next call; copied here.
                parts.push(unsafe { CStr::from_ptr(phonemes) }.to_string_lossy().trim().to_owned());
            }
            if rest == before {
                break;
            }
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }
}

/// A function of the library.
///
/// # Safety
/// `T` must be the function's type.
unsafe fn symbol<T: Copy>(library: &libloading::Library, name: &CStr) -> Result<T, EngineError> {
    // SAFETY: the caller's.
    let symbol = unsafe { library.get::<T>(name.to_bytes_with_nul()) };
    symbol.map(|symbol| *symbol).map_err(|e| asset_error(format!("libespeak-ng.so: {e}")))
}

/// For C; text with a zero inside is cut to nothing useful, so it is refused.
fn c_string(text: &str) -> Result<CString, EngineError> {
    CString::new(text.replace('\0', " "))
        .map_err(|e| EngineError::new(ENGINE, EngineErrorKind::Input, format!("the text cannot be passed on: {e}")))
}
