import ArgumentParser

@main
struct Sightline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sightline", abstract: "Perception for vehicles and robots: cameras and drives in, detections and road out.")
}
