"""libgit2 as a client. Reads one command a line from stdin, answers one line: see ../foreign-client.ts."""
import os
import sys

import pygit2

url, token, path = sys.argv[1:4]
who = pygit2.Signature("Libgit2", "libgit2@example.test")


class Callbacks(pygit2.RemoteCallbacks):
    def __init__(self):
        super().__init__(credentials=pygit2.UserPass("x", token))
        self.refusals = []

    def push_update_reference(self, refname, message):
        if message is not None:
            self.refusals.append(f"{refname} {message}")


def repository():
    return pygit2.Repository(path)


def clone():
    return str(pygit2.clone_repository(url, path, callbacks=Callbacks()).head.target)


def commit(name, text):
    with open(os.path.join(path, name), "w") as file:
        file.write(text)
    repo = repository()
    repo.index.add(name)
    repo.index.write()
    tree = repo.index.write_tree()
    return str(repo.create_commit("HEAD", who, who, "by libgit2", tree, [repo.head.target]))


def push(refspec):
    callbacks = Callbacks()
    repository().remotes["origin"].push([refspec], callbacks=callbacks)
    if callbacks.refusals:
        raise Exception(" ".join(callbacks.refusals))
    return ""


def fetch(ref):
    repo = repository()
    repo.remotes["origin"].fetch(callbacks=Callbacks())
    return str(repo.references[ref.replace("refs/heads/", "refs/remotes/origin/")].target)


def tag(name):
    repo = repository()
    repo.create_tag(name, repo.head.target, pygit2.GIT_OBJECT_COMMIT, who, "a tag")
    return ""


VERBS = {"clone": clone, "commit": commit, "push": push, "fetch": fetch, "tag": tag}
for line in sys.stdin:
    verb, *args = line.rstrip("\n").split("\t")
    try:
        print("ok", VERBS[verb](*args), flush=True)
    except Exception as error:
        print("error", f"{type(error).__name__} {error}".replace("\n", " "), flush=True)
