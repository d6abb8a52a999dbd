using System.Runtime.CompilerServices;
using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// A call from socket to socket, on whichever face and whatever it asks for. Who is checked first, then what; the
/// dispatcher finds the answer; nothing reaches the caller before the commit point; the call is accounted for whatever
/// happens.
/// </summary>
internal sealed class CallEndpoint(
    Func<GatewaySnapshot> snapshots, GatewayAdmission admission, Dispatcher dispatcher, CallObservers observers,
    CallsInFlight inFlight, TimeProvider time)
{
    /// <summary>Serves one call.</summary>
    /// <param name="http">The request and its answer.</param>
    /// <param name="face">What its caller speaks, and asks for.</param>
    public async Task HandleAsync(HttpContext http, ICallFace face)
    {
        var startedAt = time.GetTimestamp();
        var snapshot = snapshots();
        var span = CallSpans.StartCall(http);
        using var body = new PooledBuffer(initialCapacity: 0);
        CallRecord? record = null;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, inFlight.Ending);
        inFlight.Enter();
        try
        {
            var (call, error) = await ReadAsync(http, face, snapshot, body, startedAt, ending.Token);
            record = new CallRecord(call) { Span = span };
            inFlight.Add(record);
            if (error is not null)
            {
                await RefuseAsync(http, face, snapshot, record, error);
                return;
            }

            if (snapshot.Routes.Find(call.Model) is not { } route)
            {
                await RefuseAsync(http, face, snapshot, record, UnknownModel(call));
                return;
            }

            record.ModelLabel = route.IsConfigured ? route.Name : record.ModelLabel;
            if (route.For(call.Operation) is { } offering)
            {
                await ServeAsync(http, face, snapshot, record, offering, ending.Token);
            }
            else
            {
                await AnswerAsync(http, face, snapshot, record, CallError.NotOffered(call.Operation, call.Model));
            }
        }
        catch (Exception broken) when (!http.Response.HasStarted && ToldOf(broken, http) is { } told)
        {
            record ??= new CallRecord(Nameless(http, face, startedAt));
            await RefuseAsync(http, face, snapshot, record, told);
        }
        catch when (record is null or { HttpStatus: 0 } && !http.RequestAborted.IsCancellationRequested)
        {
            // A defect: the front door answers it, the record must not call it a success.
            record ??= new CallRecord(Nameless(http, face, startedAt));
            record.HttpStatus = 500;
            throw;
        }
        finally
        {
            record ??= new CallRecord(Nameless(http, face, startedAt));
            record.Span = span;
            record.Duration = time.GetElapsedTime(startedAt);
            record.HttpStatus = record.HttpStatus == 0 ? http.Response.StatusCode : record.HttpStatus;
            observers.Completed(record);
            inFlight.Leave(record);
        }
    }

    /// <summary>Into the gateway, to the targets, and back to the caller; its place is free afterwards.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ServeAsync(
        HttpContext http, ICallFace face, GatewaySnapshot snapshot, CallRecord record, Route route,
        CancellationToken callerGone)
    {
        var deadline = dispatcher.DeadlineOf(record.Request, route);
        var entry = await admission.EnterAsync(
            record.Request, record, deadline, callerGone, Dispatcher.DeadlineIsCallers(record.Request, route));
        try
        {
            var result = entry.Error is { } refused
                ? refused
                : await dispatcher.DispatchAsync(record.Request, route, record, callerGone, deadline);
            await AnswerAsync(http, face, snapshot, record, result);
        }
        finally
        {
            entry.Place.Settle(record.Outcome);
        }
    }

    private async Task<(CallRequest Call, CallError? Error)> ReadAsync(
        HttpContext http, ICallFace face, GatewaySnapshot snapshot, PooledBuffer body, long startedAt,
        CancellationToken ending)
    {
        if (!snapshot.Access.MayCall(http.Request))
        {
            return (Nameless(http, face, startedAt), AccessPolicy.KeyNeeded);
        }

        var (passed, fields, error) = face.Operation == Operation.PassThrough
            ? await PassThrough.ReadAsync(http, snapshot, body, ending)
            : await ReadFieldsAsync(http, face, snapshot, body, startedAt, ending);
        if (error is not null)
        {
            return (Nameless(http, face, startedAt), error);
        }

        error = CallerWishes.TryRead(http.Request.Headers, out var wishes);
        return (new CallRequest
        {
            Id = http.TraceIdentifier,
            Dialect = face.Dialect,
            Operation = face.Operation,
            Body = body.WrittenMemory,
            Passed = passed,
            Model = fields.Model,
            ModelValue = fields.ModelValue,
            ObjectStart = fields.ObjectStart,
            Stream = fields.Stream,
            HasStreamOptions = fields.HasStreamOptions,
            IncludeUsage = fields.IncludeUsage,
            Choices = fields.Choices,
            Inputs = fields.Inputs,
            WantsBase64 = fields.WantsBase64,
            StartedAt = startedAt,
            CallerTimeout = wishes.Timeout,
            // What does things at a provider is not to be done at several at once.
            Strategy = passed is null ? wishes.Strategy : null,
            Priority = wishes.Priority ?? AdmissionPriority.Normal,
            MaxOutputTokens = fields.MaxOutputTokens,
            PresentedKey = AccessPolicy.KeyOf(http.Request),
            Address = http.Connection.RemoteIpAddress,
            Headers = CallerHeaders.Read(http.Request.Headers),
        }, error);
    }

    private async ValueTask<(PassedRequest?, CallFields, CallError?)> ReadFieldsAsync(
        HttpContext http, ICallFace face, GatewaySnapshot snapshot, PooledBuffer body, long startedAt,
        CancellationToken ending)
    {
        var error = RequestBody.CheckType(http.Request) ?? await ListedAsync(http, face, startedAt,
            RequestBody.ReadAsync(http.Request, body, snapshot.Server.MaxRequestBytes, ending));
        if (error is not null)
        {
            return (null, default, error);
        }

        error = face.TryRead(body.WrittenSpan, out var fields);
        return (null, fields, error);
    }

    /// <summary>
    /// A call whose body is still on its way is among those under way, though nobody knows yet what it asks for. Most
    /// bodies are there with their heads and need no such record.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CallError?> ListedAsync(
        HttpContext http, ICallFace face, long startedAt, Task<CallError?> reading)
    {
        if (reading.IsCompleted)
        {
            return await reading;
        }

        var nameless = new CallRecord(Nameless(http, face, startedAt));
        inFlight.Add(nameless);
        try
        {
            return await reading;
        }
        finally
        {
            inFlight.Remove(nameless);
        }
    }

    /// <summary>What the caller is told of a request that could not be read; null for a defect of ours.</summary>
    private CallError? ToldOf(Exception broken, HttpContext http) => broken switch
    {
        BadHttpRequestException bad => FrontDoor.OfBadRequest(bad),
        OperationCanceledException when inFlight.IsEnding && !http.RequestAborted.IsCancellationRequested =>
            ShuttingDown,
        _ => null,
    };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AnswerAsync(
        HttpContext http, ICallFace face, GatewaySnapshot snapshot, CallRecord record, DispatchResult result)
    {
        if (result.Error is { } error)
        {
            using var instead = face.AnswerInstead(http, record.Request, error);
            if (instead is not null)
            {
                record.Outcome = Outcome.Ok;
                record.Error = null;
                record.HttpStatus = 200;
                AnswerHeaders.Write(http.Response.Headers, record, snapshot.Redaction);
                await WriteJsonAsync(http, instead.WrittenMemory);
                return;
            }

            var isEnding = inFlight.IsEnding && record.Outcome == Outcome.Cancelled;
            await RefuseAsync(http, face, snapshot, record, isEnding ? ShuttingDown : error);
            return;
        }

        record.HttpStatus = 200;
        record.Overhead = Overhead(record);
        face.WriteHeaders(http);
        AnswerHeaders.Write(http.Response.Headers, record, snapshot.Redaction);
        if (((ICallStream?)result.Continued ?? result.Stream) is { } lease)
        {
            using (lease)
            {
                record.HttpStatus = lease.Head?.Status ?? 200;
                record.TimeToFirstToken = lease.Head is null
                    ? time.GetElapsedTime(record.Request.StartedAt) : null;
                await OpenAiStreamWriter.WriteAsync(http, face, lease, inFlight);
            }

            return;
        }

        using var answer = result.Answer!;
        await WriteJsonAsync(http, answer.Body);
    }

    private static ValueTask WriteJsonAsync(HttpContext http, ReadOnlyMemory<byte> body)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private static async Task RefuseAsync(
        HttpContext http, ICallFace face, GatewaySnapshot snapshot, CallRecord record, CallError error)
    {
        // What a provider said goes to the caller without any key that it may have repeated, in whatever field.
        var clean = snapshot.Redaction;
        var told = error with
        {
            Message = clean.Apply(error.Message),
            Type = clean.Apply(error.Type),
            Code = error.Code is { } code ? clean.Apply(code) : null,
            Param = error.Param is { } param ? clean.Apply(param) : null,
        };
        record.Error = told;
        record.HttpStatus = face.StatusOf(told);
        var isCallers = record.Attempts.Count == 0 && told.Status is 501 or (< 500 and not (429 or 499));
        record.Outcome = isCallers ? Outcome.CallerError : record.Outcome;
        if (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        AnswerHeaders.Write(http.Response.Headers, record, snapshot.Redaction);
        await face.WriteErrorAsync(http, told);
    }

    private TimeSpan Overhead(CallRecord record)
    {
        var own = time.GetElapsedTime(record.Request.StartedAt) - record.Waited;
        return own > TimeSpan.Zero ? own : TimeSpan.Zero;
    }

    private static CallError ShuttingDown => new(503, "service_unavailable", "shutting_down",
        "the gateway is shutting down and could not wait for an answer")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    // A name that the caller never wrote cannot be wrong; what is wrong is that it wrote none.
    private static CallError UnknownModel(CallRequest call) =>
        call.Passed is null && call.ModelValue.Start.Equals(call.ModelValue.End)
            ? CallError.Invalid("missing_field",
                $"model: is missing, and '{call.Model}', which is meant then, is not a configured model", "model")
            : new CallError(404, "invalid_request_error", "model_not_found",
                $"model: '{HeaderText.Encode(call.Model)}' is neither a configured model nor 'provider/model' of a "
                + "configured provider (GET /v1/models lists them)")
            {
                Param = "model",
            };

    /// <summary>Stands for a call that could not be read.</summary>
    private static CallRequest Nameless(HttpContext http, ICallFace face, long startedAt) => new()
    {
        Id = http.TraceIdentifier,
        Dialect = face.Dialect,
        Operation = face.Operation,
        Body = default,
        Model = "",
        ModelValue = default,
        ObjectStart = 0,
        StartedAt = startedAt,
        Headers = CallerHeaders.Read(http.Request.Headers),
    };
}
