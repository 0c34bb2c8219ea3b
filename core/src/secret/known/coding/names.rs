//! The letters that HTML has names for: those that HTML 4 names of Latin-1, Greek and punctuation, and the signs of ASCII.

/// From U+00A0 on.
const OF_LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute \
    micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave \
    Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml \
    Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth \
    ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";
/// From U+0391 on, without a letter in place of the capital of a final sigma.
const OF_GREEK: &str = "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon Phi \
    Chi Psi Omega - - - - - - - alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau \
    upsilon phi chi psi omega";
/// Others, each before its name.
const OTHERS: &str = "&amp &AMP <lt <LT >gt >GT \"quot \"QUOT 'apos !excl #num $dollar %percnt (lpar )rpar *ast *midast +plus ,comma \
    -hyphen -dash -minus .period /sol :colon ;semi =equals ?quest @commat [lsqb [lbrack \\bsol ]rsqb ]rbrack ^Hat ^circ _lowbar _UnderBar \
    `grave {lcub {lbrace |vert |verbar |VerticalLine }rcub }rbrace ~tilde €euro ŒOElig œoelig ŠScaron šscaron ŸYuml ƒfnof –ndash —mdash \
    ‘lsquo ’rsquo ‚sbquo “ldquo ”rdquo „bdquo †dagger ‡Dagger •bull …hellip ‰permil ′prime ″Prime ‹lsaquo ›rsaquo ™trade";

/// The letter of a name, which is as long as `enclosed` reads; a blank for a letter without a glyph.
pub(super) fn letter(name: &str) -> Option<char> {
    let counted = |first: u32, names: &str| {
        let place = names.split_whitespace().position(|it| it == name)?;
        char::from_u32(first + u32::try_from(place).ok()?)
    };
    let of_others = || {
        OTHERS
            .split_whitespace()
            .find(|it| it.char_indices().nth(1).is_some_and(|(at, _)| it[at..] == *name))?
            .chars()
            .next()
    };
    let letter = counted(0xa0, OF_LATIN_1).or_else(|| counted(0x391, OF_GREEK)).or_else(of_others)?;
    Some(if matches!(letter, '\u{a0}' | '\u{ad}') { ' ' } else { letter })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_its_letter() {
        for (name, known) in [
            ("nbsp", Some(' ')),
            ("shy", Some(' ')),
            ("iquest", Some('¿')),
            ("Agrave", Some('À')),
            ("times", Some('×')),
            ("szlig", Some('ß')),
            ("divide", Some('÷')),
            ("yuml", Some('ÿ')),
            ("Alpha", Some('Α')),
            ("Sigma", Some('Σ')),
            ("Omega", Some('Ω')),
            ("alpha", Some('α')),
            ("sigmaf", Some('ς')),
            ("omega", Some('ω')),
            ("amp", Some('&')),
            ("bsol", Some('\\')),
            ("euro", Some('€')),
            ("VerticalLine", Some('|')),
            ("auMl", None),
            ("", None),
        ] {
            assert_eq!(letter(name), known, "{name}");
        }
    }
}
