import CKernels

extension ColorDescription {
    /// Fixed-point coefficients from these colours to R'G'B' (ITU-T H.273 equations).
    var toRGB: sightline_color_matrix {
        let (red, blue) = matrix.lumaWeights
        let green = 1 - red - blue
        let (zero, lumaGain, chromaGain) =
            range == .limited ? (16.0, 255.0 / 219, 255.0 / 224) : (0.0, 1.0, 1.0)
        func q13(_ value: Double) -> Int16 { Int16((value * 8192).rounded()) }
        return sightline_color_matrix(
            luma_zero: Int16(zero * 128),
            luma: q13(lumaGain),
            red_from_v: q13(2 * (1 - red) * chromaGain),
            green_from_u: q13(-2 * (1 - blue) * blue / green * chromaGain),
            green_from_v: q13(-2 * (1 - red) * red / green * chromaGain),
            blue_from_u: q13(2 * (1 - blue) * chromaGain))
    }

    /// Fixed-point coefficients from R'G'B' to these colours.
    var fromRGB: sightline_inverse_color_matrix {
        let (red, blue) = matrix.lumaWeights
        let green = 1 - red - blue
        let (zero, lumaGain, chromaGain) =
            range == .limited ? (Int32(16), 219.0 / 255, 224.0 / 255) : (Int32(0), 1.0, 1.0)
        func q15(_ value: Double) -> Int32 { Int32((value * 32768).rounded()) }
        let u = chromaGain / (2 * (1 - blue))
        let v = chromaGain / (2 * (1 - red))
        let (yRed, yBlue) = (q15(red * lumaGain), q15(blue * lumaGain))
        // The middle coefficients are what remains, so that grey stays exactly grey.
        let (uRed, uBlue) = (q15(-red * u), q15((1 - blue) * u))
        let (vRed, vBlue) = (q15((1 - red) * v), q15(-blue * v))
        return sightline_inverse_color_matrix(
            y_from_red: yRed, y_from_green: q15(green * lumaGain), y_from_blue: yBlue, y_offset: zero,
            u_from_red: uRed, u_from_green: -uRed - uBlue, u_from_blue: uBlue,
            v_from_red: vRed, v_from_green: -vRed - vBlue, v_from_blue: vBlue)
    }
}
