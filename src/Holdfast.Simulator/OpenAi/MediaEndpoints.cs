using System.Collections.Concurrent;
using System.Text;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Holdfast.Simulator.OpenAi;

/// <summary>
/// Files, images and sounds, as OpenAI's specification has them: what is uploaded can be read again, pictures and
/// speech are made up of bytes.
/// </summary>
internal sealed class MediaEndpoints(TimeProvider time)
{
    private const int MostFiles = 100;
    private const int SpeechBytes = 200_000;
    private const long Created = 1_735_689_600;

    // RFC 2046, section 5.1.1.
    private const int LongestBoundary = 70;

    private readonly ConcurrentDictionary<string, StoredFile> _files = new(StringComparer.Ordinal);

    /// <summary>What a path is below the version; null where it is none of these.</summary>
    public static string? Find(Flavour flavour, string path)
    {
        var version = flavour.Name == "azure" ? "/openai/v1/" : "/v1/";
        return flavour.HasMedia && path.StartsWith(version, StringComparison.Ordinal)
            && path[version.Length..] is { } rest
            && (rest is "files" or "images/generations" or "audio/speech" or "audio/transcriptions"
                || rest.StartsWith("files/", StringComparison.Ordinal)) ? rest : null;
    }

    public async Task RunAsync(ProviderState state, HttpContext context, string path)
    {
        var exchange = new Exchange(state, context, time, null);
        state.Counters.Arrived();
        try
        {
            await ServeAsync(exchange, state, context, path);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            state.Counters.ClientGone();
            context.Abort();
        }
        finally
        {
            state.Counters.Left();
        }
    }

    private async Task ServeAsync(Exchange exchange, ProviderState state, HttpContext context, string path)
    {
        if (await RequestBody.ReadAsync(context) is not { } body)
        {
            await exchange.SendAsync(Problem.Of(state.Flavour, 413));
            return;
        }

        using (body)
        {
            state.Last.Remember(context.Request, body.Memory.Span);
            if (state.Plan.OutageAt(time) is { } outage)
            {
                await exchange.ServeOutageAsync(outage.Mode);
            }
            else if (state.Plan.Next().Failure is not { } failure || !await exchange.FailedBeforeAnswerAsync(failure))
            {
                await (exchange.Refusal() is { } refusal
                    ? exchange.SendAsync(refusal)
                    : AnswerAsync(exchange, state, context, path, body.Memory));
            }
        }
    }

    private async Task AnswerAsync(
        Exchange exchange, ProviderState state, HttpContext context, string path, ReadOnlyMemory<byte> body)
    {
        using var json = new JsonText();
        switch (context.Request.Method, path)
        {
            case ("POST", "files"):
                await UploadAsync(exchange, state, context, body);
                return;
            case ("POST", "images/generations"):
                json.Raw("""{"created":"""u8).Number(Created).Raw(""","data":[{"b64_json":"""u8)
                    .String(Convert.ToBase64String(Noise(1_000))).Raw("}]}"u8);
                break;
            case ("POST", "audio/speech"):
                await exchange.SendBodyAsync(200, "audio/mpeg", Noise(SpeechBytes));
                return;
            case ("POST", "audio/transcriptions"):
                var part = await PartAsync(context, body, "file");
                json.Raw("""{"text":"""u8).String($"{part?.Bytes.Length ?? 0} bytes of sound").Raw("}"u8);
                break;
            case ("GET", "files"):
                json.Raw("""{"object":"list","data":["""u8);
                var isFirst = true;
                foreach (var (id, file) in _files)
                {
                    Write(json.Raw(isFirst ? ""u8 : ","u8), id, file);
                    isFirst = false;
                }

                json.Raw("""],"has_more":false}"""u8);
                break;
            default:
                await OneFileAsync(exchange, state, context, path);
                return;
        }

        await exchange.SendBodyAsync(200, "application/json", json.Memory);
    }

    private async Task OneFileAsync(Exchange exchange, ProviderState state, HttpContext context, string path)
    {
        var parts = path.Split('/');
        if (parts.Length < 2 || !_files.TryGetValue(parts[1], out var file))
        {
            await exchange.SendAsync(
                new Problem(404, "invalid_request_error", null, $"No such File object: {parts[^1]}", "id"));
            return;
        }

        using var json = new JsonText();
        switch (context.Request.Method, parts.Length)
        {
            case ("GET", 3) when parts[2] == "content":
                await exchange.SendBodyAsync(200, "application/octet-stream", file.Bytes);
                return;
            case ("GET", 2):
                Write(json, parts[1], file);
                break;
            case ("DELETE", 2):
                _files.TryRemove(parts[1], out _);
                json.Raw("""{"id":"""u8).String(parts[1]).Raw(""","object":"file","deleted":true}"""u8);
                break;
            default:
                await exchange.SendAsync(Problem.Of(state.Flavour, 405));
                return;
        }

        await exchange.SendBodyAsync(200, "application/json", json.Memory);
    }

    private async Task UploadAsync(
        Exchange exchange, ProviderState state, HttpContext context, ReadOnlyMemory<byte> body)
    {
        if (await PartAsync(context, body, "file") is not { } file)
        {
            await exchange.SendAsync(Problem.Missing("file"));
            return;
        }

        var purpose = await PartAsync(context, body, "purpose");
        var id = state.NextIds().NextId("file-", 22);
        var stored = new StoredFile(
            file.Name ?? "file", Encoding.UTF8.GetString(purpose?.Bytes ?? []), file.Bytes);
        if (_files.Count >= MostFiles)
        {
            _files.Clear();
        }

        _files[id] = stored;
        using var json = new JsonText();
        Write(json, id, stored);
        await exchange.SendBodyAsync(200, "application/json", json.Memory);
    }

    private static void Write(JsonText json, string id, StoredFile file) => json
        .Raw("""{"id":"""u8).String(id).Raw(""","object":"file","bytes":"""u8).Number(file.Bytes.Length)
        .Raw(""","created_at":"""u8).Number(Created).Raw(""","filename":"""u8).String(file.Name)
        .Raw(""","purpose":"""u8).String(file.Purpose).Raw(""","status":"processed"}"""u8);

    /// <summary>A part of a form; null without one.</summary>
    private static async Task<(string? Name, byte[] Bytes)?> PartAsync(
        HttpContext context, ReadOnlyMemory<byte> body, string name)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= LongestBoundary } boundary)
        {
            return null;
        }

        var reader = new MultipartReader(boundary, new MemoryStream(body.ToArray()));
        try
        {
            while (await reader.ReadNextSectionAsync() is { } section)
            {
                if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var about)
                    && HeaderUtilities.RemoveQuotes(about.Name) == name)
                {
                    using var bytes = new MemoryStream();
                    await section.Body.CopyToAsync(bytes);
                    return (HeaderUtilities.RemoveQuotes(about.FileName).Value, bytes.ToArray());
                }
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            // No form after all.
        }

        return null;
    }

    private static byte[] Noise(int length)
    {
        var dice = new SplitMix((ulong)length);
        var bytes = new byte[length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)dice.Next();
        }

        return bytes;
    }

    private sealed record StoredFile(string Name, string Purpose, byte[] Bytes);
}
