import Contracts
import Testing

@Suite struct ShapePathTests {
    private let order = Shape.object([
        Field(name: "id", shape: .string, required: true),
        Field(
            name: "debtor",
            shape: .object([
                Field(name: "name", shape: .string, required: true),
                Field(name: "odd name", shape: .integer, required: false),
            ]), required: true),
        Field(
            name: "Line", shape: .list(.object([Field(name: "@seq", shape: .integer, required: true)], text: .string)),
            required: false),
        Field(name: "extra", shape: .object([], open: true), required: false),
    ])

    @Test func splitsPaths() {
        #expect(Shape.steps(of: "a.b.c") == ["a", "b", "c"])
        #expect(Shape.steps(of: "Line[].@seq") == ["Line", "@seq"])
        #expect(Shape.steps(of: "a.`odd.name`.b") == ["a", "odd.name", "b"])
        #expect(Shape.steps(of: "") == [])
    }

    @Test func findsDeclaredFields() {
        #expect(order.field(path: "debtor.name")?.required == true)
        #expect(order.field(path: "Line[].@seq")?.isAttribute == true)
        #expect(order.field(path: "Line.@seq")?.name == "@seq")
        #expect(order.field(path: "debtor.`odd name`")?.shape.kindName == "whole number")
        #expect(order.field(path: "debtor.nmae") == nil)
        #expect(order.field(path: "id.x") == nil)
    }

    @Test func openObjectsAllowAnyPath() {
        #expect(order.lookup("extra.what.ever")?.isAny == true)
        #expect(order.lookup("debtor.what") == nil)
        #expect(order.lookup("id.x") == nil)
        #expect(Shape.any.lookup("a.b")?.isAny == true)
        #expect(order.field(path: "extra.what") == nil)
    }

    @Test func textOfAnElementWithAttributesIsItself() {
        #expect(order.field(path: "Line")?.shape.itemShape.scalarShape?.kindName == "text")
        #expect(order.field(path: "debtor")?.shape.scalarShape == nil)
    }

    @Test func describesEveryPath() {
        let expected = """
            id                 text
            debtor             object
            debtor.name        text
            debtor.`odd name`  whole number, optional
            Line[]             list of text, optional
            Line[].@seq        whole number
            extra              object, optional
            extra.*            other fields

            """
        #expect(order.describeTree() == expected)
        #expect(order.describeTree(limit: 2).hasSuffix("… (more than 2 paths)\n"))
    }
}
