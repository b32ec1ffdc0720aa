import com.google.gson.*;
import com.rallydev.rest.RallyRestApi;
import com.rallydev.rest.request.*;
import com.rallydev.rest.response.*;
import com.rallydev.rest.util.*;
import java.io.*;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.*;

/** Runs programs that use rally-rest-api: java Runner.java SERVER KEY > OUTPUTS, a JSON list. */
public class Runner {
    static final String workspace = "/workspace/10", project = "/project/102";
    static RallyRestApi restApi;

    interface Program {
        void run() throws Exception;
    }

    static final Program[] PROGRAMS = {
        // PROGRAMS
    };

    public static void main(String[] args) throws Exception {
        restApi = new RallyRestApi(new URI(args[0]), args[1]);
        PrintStream out = System.out;
        JsonArray outputs = new JsonArray();
        for (Program program : PROGRAMS) {
            ByteArrayOutputStream kept = new ByteArrayOutputStream();
            System.setOut(new PrintStream(kept, true, "utf-8"));
            program.run();
            outputs.add(new JsonPrimitive(kept.toString("utf-8").replace(System.lineSeparator(), "\n")));
        }
        out.write(outputs.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
        restApi.close();
    }
}
