using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>Damages what a provider or a caller sends, and sees whether what came of it is well formed.</summary>
internal static class WireDamage
{
    private static readonly string[] Pieces =
    [
        "null", "{}", "[]", "\"\"", "7", "-1", "1e999", "99999999999999999999", "true", "\\ud83d", "\\u0000", "\\",
        "\"", "{", "}", "[", "]", ",", ":", "\n", "\u2028", "\"type\":", "\"error\":{", "text", "ä",
    ];

    /// <summary>Damages a golden in one to three places.</summary>
    public static byte[] Damage(Random random, string golden)
    {
        var bytes = Encoding.UTF8.GetBytes(golden).ToList();
        for (var times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(Math.Min(20, bytes.Count - at) + 1);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, length); break;
                case 2: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 3: bytes.RemoveRange(at, bytes.Count - at); break;
                case 4: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)])); break;
                default: ReplaceValue(random, bytes); break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Puts something else behind a colon, which keeps the JSON valid more often than blind damage.</summary>
    private static void ReplaceValue(Random random, List<byte> bytes)
    {
        var colon = bytes.FindIndex(random.Next(bytes.Count), letter => letter == ':');
        if (colon < 0)
        {
            return;
        }

        var end = bytes.FindIndex(colon, letter => letter is (byte)',' or (byte)'}');
        bytes.RemoveRange(colon + 1, Math.Max(0, (end < 0 ? bytes.Count : end) - colon - 1));
        bytes.InsertRange(colon + 1, Encoding.UTF8.GetBytes(Pieces[random.Next(11)]));
    }

    /// <summary>What was written is whole events of JSON.</summary>
    public static void AreEvents(string written, byte[] cause)
    {
        if (written.Length == 0)
        {
            return;
        }

        Assert.EndsWith("\n\n", written);
        foreach (var sse in written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (sse != ": ping")
            {
                Assert.StartsWith("data: ", sse);
                IsJson(Encoding.UTF8.GetBytes(sse["data: ".Length..]), cause);
            }
        }
    }

    public static void IsJson(ReadOnlySpan<byte> json, byte[] cause)
    {
        try
        {
            using var document = JsonDocument.Parse(json.ToArray());
            Assert.True(Utf8.IsValid(json) && !json.Contains((byte)'\r'));
        }
        catch (JsonException exception)
        {
            Assert.Fail(
                $"{exception.Message} in {Encoding.UTF8.GetString(json)} from {Encoding.UTF8.GetString(cause)}");
        }
    }
}
