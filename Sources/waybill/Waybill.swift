import ArgumentParser
import NIOSSL
import NIOPosix
import X509
@main struct Waybill: ParsableCommand { }
