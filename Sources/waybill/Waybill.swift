import ArgumentParser

@main
struct Waybill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waybill",
        abstract: "A declarative outbound integration gateway.",
        discussion: """
            YAML route files say how internal systems call outside partners: endpoints, certificates, contracts,
            mappings, rules, error tables. `check` compiles them and explains every mistake; `serve` runs them.

            Start with `waybill demo`, then change a file in a workspace that `waybill serve` runs.
            """,
        subcommands: [
            DemoCommand.self, ServeCommand.self, CheckCommand.self, TypesCommand.self, ExplainCommand.self,
            MockCommand.self, CertsCommand.self, AuditCommand.self, HealthCommand.self,
        ])
}
