import ArgumentParser

struct CameraCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "camera", abstract: "List cameras, describe one, take a picture.",
        discussion: """
            A camera is named by its node, its number, or a link that stays the same when numbers change:
              sightline camera list
              sightline camera info /dev/video0
              sightline camera info usb-046d_HD_Pro_Webcam_C920_8C4E2DEF-video-index0
              sightline camera snapshot 0 look.jpg --size 1280x720
            """,
        subcommands: [CameraList.self, CameraInfo.self, CameraSnapshot.self])
}
