using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Writes an answer of OpenAI's embeddings API, vector by vector, as numbers or as base64.</summary>
internal ref struct EmbeddingAnswer
{
    private readonly AnswerContext _context;
    private readonly PooledBuffer _buffer;
    private readonly JsonOutput _output;
    private readonly int _start;
    private int _count;

    public EmbeddingAnswer(in AnswerContext context, PooledBuffer buffer)
    {
        _context = context;
        _buffer = buffer;
        _start = buffer.Length;
        _output = new JsonOutput(buffer);
        _output.BeginObject();
        _output.Word("object"u8, "list"u8);
        _output.BeginArray("data"u8);
    }

    /// <summary>The vector of the next input.</summary>
    /// <exception cref="JsonException">It is no list of numbers.</exception>
    public void Add(JsonView vector)
    {
        _output.BeginObject();
        _output.Word("object"u8, "embedding"u8);
        _output.Number("index"u8, _count++);
        _output.Name("embedding"u8);
        if (!vector.IsArray || vector.IsEmpty)
        {
            throw new JsonException("A vector is a list of numbers.");
        }

        if (_context.Call.WantsBase64)
        {
            using var text = new PooledBuffer(vector.Raw.Length);
            var reader = new Utf8JsonReader(vector.Raw);
            reader.Read();
            if (!VectorText.TryWriteBase64(ref reader, text))
            {
                throw new JsonException("A vector is a list of numbers.");
            }

            _output.Raw(text.WrittenSpan);
        }
        else
        {
            RequireNumbers(vector);
            _output.Raw(vector.Raw);
        }

        _output.EndObject();
    }

    /// <summary>The answer, if every input has its vector.</summary>
    /// <param name="tokens">Of all inputs; 0 where the provider doesn't say.</param>
    public readonly PlainAnswer End(long tokens)
    {
        var usage = new Usage(tokens, 0);
        if (_count == 0 || (_context.Call.Inputs > 0 && _count != _context.Call.Inputs))
        {
            return new PlainAnswer(default, usage, new ProviderFault(Outcome.BadAnswer,
                $"The provider's answer has {_count} vectors for {_context.Call.Inputs} inputs."));
        }

        _output.EndArray();
        _output.Text("model"u8, _context.Model);
        _output.BeginObject("usage"u8);
        _output.Number("prompt_tokens"u8, tokens);
        _output.Number("total_tokens"u8, tokens);
        _output.EndObject();
        _output.EndObject();
        return new PlainAnswer(_buffer.WrittenMemory[_start..], usage);
    }

    private static void RequireNumbers(JsonView vector)
    {
        var items = vector.Items();
        while (items.Next())
        {
            if (!items.Value.IsNumber)
            {
                throw new JsonException("A vector is a list of numbers.");
            }
        }
    }
}
