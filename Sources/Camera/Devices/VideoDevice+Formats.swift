import CV4L2
import Glibc

extension VideoDevice {
    /// Drivers are believed up to this many entries of any enumeration.
    private static var entryLimit: UInt32 { 1024 }

    /// The pixel formats that the device offers, without their sizes.
    func formatNames() -> [FormatOffer] {
        var offers: [FormatOffer] = []
        for index in 0..<Self.entryLimit {
            var entry = v4l2_fmtdesc()
            entry.index = index
            entry.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
            guard ask(sightline_vidioc_enum_fmt, &entry) else { break }
            offers.append(
                FormatOffer(fourcc: FourCC(code: entry.pixelformat), name: text(of: entry.description), sizes: []))
        }
        return offers
    }

    /// The pixel formats that the device offers, with sizes and rates.
    ///
    /// - Parameter isWanted: formats for which sizes are asked; each costs a request per size and rate.
    func formats(where isWanted: (FourCC) -> Bool = { _ in true }) -> [FormatOffer] {
        formatNames().filter { isWanted($0.fourcc) }.map { offer in
            var offer = offer
            offer.sizes = sizes(of: offer.fourcc)
            return offer
        }
    }

    private func sizes(of format: FourCC) -> [SizeOffer] {
        var sizes: [SizeOffer] = []
        for index in 0..<Self.entryLimit {
            var entry = v4l2_frmsizeenum()
            entry.index = index
            entry.pixel_format = format.code
            guard ask(sightline_vidioc_enum_framesizes, &entry) else { break }
            if entry.type == V4L2_FRMSIZE_TYPE_DISCRETE.rawValue {
                let (width, height) = (Int(entry.discrete.width), Int(entry.discrete.height))
                sizes.append(SizeOffer(width, height, rates: rates(of: format, width: width, height: height)))
            } else {
                let range = entry.stepwise
                var offer = SizeOffer(
                    width: DimensionRange(
                        minimum: Int(range.min_width), maximum: Int(range.max_width), step: Int(range.step_width)),
                    height: DimensionRange(
                        minimum: Int(range.min_height), maximum: Int(range.max_height), step: Int(range.step_height)),
                    rates: [])
                offer.rates = rates(of: format, width: offer.width.maximum, height: offer.height.maximum)
                sizes.append(offer)
                // A range is the only entry there is.
                break
            }
        }
        return sizes
    }

    /// The frame rates at a size, highest first. Of a range of rates both ends are given.
    func rates(of format: FourCC, width: Int, height: Int) -> [FrameRate] {
        var rates: [FrameRate] = []
        for index in 0..<Self.entryLimit {
            var entry = v4l2_frmivalenum()
            entry.index = index
            entry.pixel_format = format.code
            entry.width = UInt32(width)
            entry.height = UInt32(height)
            guard ask(sightline_vidioc_enum_frameintervals, &entry) else { break }
            if entry.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue {
                rates.append(FrameRate(entry.discrete))
            } else {
                rates += [FrameRate(entry.stepwise.min), FrameRate(entry.stepwise.max)]
                break
            }
        }
        return Set(rates).sorted(by: >)
    }

    /// Whether the device would take a format as it stands.
    func accepts(_ wished: ActiveFormat) -> Bool {
        var format = v4l2_format()
        format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        format.fmt.pix.width = UInt32(wished.width)
        format.fmt.pix.height = UInt32(wished.height)
        format.fmt.pix.pixelformat = wished.fourcc.code
        format.fmt.pix.field = V4L2_FIELD_NONE.rawValue
        return ask(sightline_vidioc_try_fmt, &format) && format.fmt.pix.pixelformat == wished.fourcc.code
            && Int(format.fmt.pix.width) == wished.width && Int(format.fmt.pix.height) == wished.height
    }

    /// Whether the driver gives its buffers out as DMABUF descriptors. Asked of a device that nobody streams from.
    func offersExport() -> Bool? {
        var request = v4l2_requestbuffers()
        request.count = 1
        request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        request.memory = V4L2_MEMORY_MMAP.rawValue
        guard ask(sightline_vidioc_reqbufs, &request) else { return nil }
        let exported = export(buffer: 0)
        if exported >= 0 { close(exported) }
        request.count = 0
        _ = ask(sightline_vidioc_reqbufs, &request)
        return exported >= 0
    }

    /// A new DMABUF descriptor for a buffer, or a negative error code.
    func export(buffer index: Int) -> Int32 {
        var request = v4l2_exportbuffer()
        request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        request.index = UInt32(index)
        request.flags = UInt32(O_CLOEXEC | O_RDONLY)
        let result = control(sightline_vidioc_expbuf, &request)
        return result < 0 ? result : request.fd
    }
}

extension FrameRate {
    init(_ interval: v4l2_fract) {
        self.init(intervalNumerator: interval.numerator, intervalDenominator: interval.denominator)
    }
}
