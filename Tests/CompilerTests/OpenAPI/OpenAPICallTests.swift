import Compiler
import RouteGraph
import Testing

/// Calls of operations that an OpenAPI document describes: what the graph holds of them.
@Suite struct OpenAPICallTests {
    private func operation(_ name: String) throws -> OperationPlan {
        let compilation = try Mistakes.compile(overlay: nil)
        return try #require(compilation.graph?.operations.first { $0.name == name })
    }

    /// The path with `{}` where an expression stands.
    private func path(_ pieces: [PathPiece]?) -> String {
        (pieces ?? []).map { piece in
            switch piece {
            case .literal(let text): text
            case .expression: "{}"
            }
        }.joined()
    }

    @Test func theContractGivesMethodAndPath() throws {
        let call = try #require(try operation("charge").mediation?.call)
        #expect(call.method == "POST")
        #expect(path(call.path) == "/charges/{}/authorize")
        #expect(call.query.map(\.name) == ["mode"])
        #expect(call.contentType == "application/json")
    }

    @Test func aPathParameterOfTheSameNameIsTaken() throws {
        let operation = try operation("get-charge")
        #expect(operation.mediation == nil)
        #expect(operation.passThroughMethod == "GET")
        #expect(path(operation.passThroughPath) == "/charges/{}")
    }

    @Test func aPathOfAContractCanNotBreakTheRequestLine() throws {
        var files = WorkspaceFiles()
        files["routes/consumers.yaml"] = Array("consumers: { erp: { anonymous: true } }\n".utf8)
        files["routes/x/openapi.json"] = Array(
            #"{"openapi":"3.1.0","paths":{"/a b\r\nX: y?q#f/{é}/%2F":{"get":{"operationId":"a","parameters":[{"name":"é","in":"path","required":true,"style":"label"}]}}}}"#
                .utf8)
        files["routes/x/x.route.yaml"] = Array(
            """
            partner: x
            endpoint: { url: http://x.example, contract: routes/x/openapi.json }
            operations:
              a:
                accept: GET /a/{id}
                allow: [erp]
                call: { operation: a, parameters: { é: "ü/" } }
            """.utf8)
        let compilation = Compiler.compile(files, environment: nil)
        let plan = compilation.graph?.operations.first
        #expect(path(plan?.passThroughPath) == "/a%20b%0D%0AX:%20y%3Fq%23f/.%C3%BC%2F/%2F")
    }
}
