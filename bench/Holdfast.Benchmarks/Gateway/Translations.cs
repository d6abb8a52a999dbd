using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>What the benchmarks of translation have in common: bodies of 1 MB and who translates them.</summary>
internal static class Translations
{
    public const int Bytes = 1_000_000;

    /// <summary>What no translation of such a body falls below, unless it loses something.</summary>
    public const int ShortestResult = Bytes * 9 / 10;

    private const string Small = "{\"model\":\"smart\",\"max_tokens\":512,\"messages\":[{\"role\":\"user\",\"content\":"
        + "\"Hi\"}]}";

    private const string SmallForResponses = "{\"model\":\"smart\",\"max_output_tokens\":512,\"input\":\"Hi\"}";

    /// <summary>A provider of a type, as the configuration makes one.</summary>
    public static Provider ProviderOf(string type) => new(
        new ProviderOptions
        {
            Name = type, Type = type, Region = "eu-west-1", BaseUrl = new Uri("http://127.0.0.1/any"),
        },
        new KeyRing([]));

    /// <summary>What callers speak, and the type of provider, of a direction like <c>messages, gemini</c>.</summary>
    public static (Dialect Face, string Type) Parted(string direction) => direction.Split(", ") is [var face, var type]
        ? (face == "responses" ? Dialect.Responses : Dialect.Anthropic, type == "chat" ? "groq" : type)
        : throw new ArgumentException("two words are expected", nameof(direction));

    /// <summary>A call with a body that begins with the model <c>smart</c>, as nobody has looked at it yet.</summary>
    public static CallRequest Call(Dialect dialect, ReadOnlyMemory<byte> body) => new()
    {
        Id = "bench", Dialect = dialect, Body = body, Model = "smart", ModelValue = 9..16, ObjectStart = 1,
        Operation = dialect == Dialect.Responses ? Operation.Responses : Operation.ChatCompletions,
    };

    /// <summary>The call that an answer belongs to; what it asked is short.</summary>
    public static AnswerContext Asked(Dialect dialect) => new(
        Call(dialect, Encoding.UTF8.GetBytes(dialect == Dialect.Responses ? SmallForResponses : Small)),
        "a-model", 1_750_000_000);

    /// <summary>The least that anybody can do with JSON: every token of it is looked at.</summary>
    public static long Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
        }

        return reader.BytesConsumed;
    }

    public static int WriteBody(IProvider dialect, CallRequest call)
    {
        using var output = new PooledBuffer(call.Body.Length + 256);
        dialect.WriteBody(call, "a-model", output);
        return Checked(output.Length);
    }

    public static int ReadAnswer(IProvider dialect, in AnswerContext context, ReadOnlyMemory<byte> body)
    {
        using var output = new PooledBuffer();
        var answer = dialect.ReadAnswer(context, body, output);
        return answer.Fault is null
            ? Checked(answer.Body.Length)
            : throw new InvalidOperationException(answer.Fault.Message);
    }

    private static int Checked(int length) => length >= ShortestResult
        ? length
        : throw new InvalidOperationException($"something was lost in translation: {length} bytes are left");
}
