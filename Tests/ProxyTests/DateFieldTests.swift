import Testing

@testable import RouteGraph

@Suite struct DateFieldTests {
    @Test(arguments: [
        (784_111_777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), (0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
        (951_782_400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"),
        (951_868_799, "Date: Tue, 29 Feb 2000 23:59:59 GMT\r\n"),
        (1_709_251_199, "Date: Thu, 29 Feb 2024 23:59:59 GMT\r\n"),
        (1_735_689_599, "Date: Tue, 31 Dec 2024 23:59:59 GMT\r\n"),
        (4_107_542_399, "Date: Sun, 28 Feb 2100 23:59:59 GMT\r\n"),
        (4_107_542_400, "Date: Mon, 01 Mar 2100 00:00:00 GMT\r\n"),
    ]) func rendersIMFFixdate(_ second: Int, _ line: String) {
        var field = DateField()
        field.render(second)
        #expect(field.text == line)
    }
}
