/**
 * A server that speaks the MongoDB protocol and keeps everything in memory: java -cp 'lib/*' MongoTestServer.java PORT (0: a free one).
 * Prints «ready PORT» once it can be connected to. The library reports an older protocol than the driver takes, so a version of ours is told.
 */
public class MongoTestServer {
  record Version (int wire, java.util.List<Integer> array) implements de.bwaldvogel.mongo.MongoVersion {
    public java.util.List<Integer> getVersionArray () { return array; }
    public int getWireVersion () { return wire; }
  }

  public static void main (String[] args) throws Exception {
    var backend = new de.bwaldvogel.mongo.backend.memory.MemoryBackend();
    backend.version(new Version(9, java.util.List.of(4, 4, 0)));
    var server = new de.bwaldvogel.mongo.MongoServer(backend);
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
    System.out.println("ready " + server.getLocalAddress().getPort());
    while (System.in.read() != -1) { } // whoever started it holds its input: it must not outlive him
    server.shutdownNow();
    System.exit(0);
  }
}
