import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.PushResult;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

/** JGit as a client. Reads one command a line from stdin, answers one line: see ../foreign-client.ts. */
class JGitClient {
  static final PersonIdent WHO = new PersonIdent("JGit", "jgit@example.test");
  static String url;
  static File dir;
  static CredentialsProvider auth;

  public static void main(String[] args) throws Exception {
    url = args[0];
    auth = new UsernamePasswordCredentialsProvider("x", args[1]);
    dir = new File(args[2]);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        System.out.println("ok " + answer(line.split("\t")));
      } catch (Exception error) {
        System.out.println("error " + error.toString().replace('\n', ' '));
      }
      System.out.flush();
    }
  }

  static String answer(String[] words) throws Exception {
    switch (words[0]) {
      case "clone":
        Git.cloneRepository().setURI(url).setDirectory(dir).setCredentialsProvider(auth).call().close();
        return head();
      case "commit":
        Files.writeString(dir.toPath().resolve(words[1]), words[2]);
        try (Git git = Git.open(dir)) {
          git.add().addFilepattern(words[1]).call();
          git.commit().setMessage("by JGit").setAuthor(WHO).setCommitter(WHO).setSign(false).call();
        }
        return head();
      case "push":
        return push(words[1]);
      case "fetch":
        try (Git git = Git.open(dir)) {
          git.fetch().setCredentialsProvider(auth).call();
          return git.getRepository().resolve(words[1].replace("refs/heads/", "refs/remotes/origin/")).name();
        }
      case "tag":
        try (Git git = Git.open(dir)) {
          git.tag().setName(words[1]).setMessage("a tag").setTagger(WHO).setSigned(false).call();
        }
        return "";
      default:
        throw new IllegalArgumentException(words[0]);
    }
  }

  static String push(String refspec) throws Exception {
    try (Git git = Git.open(dir)) {
      for (PushResult result : git.push().setCredentialsProvider(auth).setRefSpecs(new RefSpec(refspec)).call())
        for (RemoteRefUpdate update : result.getRemoteUpdates())
          if (update.getStatus() != RemoteRefUpdate.Status.OK)
            throw new Exception(update.getStatus() + " " + update.getMessage());
    }
    return "";
  }

  static String head() throws Exception {
    try (Git git = Git.open(dir)) {
      return git.getRepository().resolve("HEAD").name();
    }
  }
}
